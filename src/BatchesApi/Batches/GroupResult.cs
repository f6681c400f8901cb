using System.Globalization;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

/// <summary>Groups of batches as a response (specification, section 3.11).</summary>
/// <param name="Keys">The fields by which they are grouped.</param>
/// <param name="Page">The groups.</param>
/// <param name="Csv">The form of CSV; null for JSON.</param>
internal sealed record GroupResult(IReadOnlyList<GroupKey> Keys, GroupPage Page, CsvForm? Csv) : IResult
{
    private const string Count = "count";

    private const string DateFormat = "yyyy-MM-dd";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = Csv is null ? JsonOutput.MediaType : CsvOutput.ContentType;
        response.Headers["X-Total-Count"] = Page.GroupCount.ToString(CultureInfo.InvariantCulture);
        if (Csv is { } form)
        {
            WriteCsv(new CsvWriter(response.BodyWriter, form));
            return;
        }
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonOutput.WriterOptions);
        WriteJson(json);
    }

    private void WriteCsv(CsvWriter csv)
    {
        csv.WriteHeader([.. Keys.Select(key => key.Field.Name), Count]);
        foreach (var group in Page.Groups)
        {
            foreach (var value in group.Values)
                csv.WriteCell(value is DateOnly date ? Format(date) : BatchCsv.Format(value));
            csv.WriteCell(BatchCsv.Format(group.Count));
            csv.EndRow();
        }
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var group in Page.Groups)
        {
            json.WriteStartObject();
            foreach (var (key, value) in Keys.Zip(group.Values))
            {
                json.WritePropertyName(key.Field.EncodedName);
                WriteValue(json, value);
            }
            json.WriteNumber(Count, group.Count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("groups", Page.GroupCount);
        json.WriteNumber("total", Page.Total);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case DateOnly date:
                json.WriteStringValue(Format(date));
                break;
            default:
                json.WriteStringValue((string)value);
                break;
        }
    }

    private static string Format(DateOnly date) => date.ToString(DateFormat, CultureInfo.InvariantCulture);
}
