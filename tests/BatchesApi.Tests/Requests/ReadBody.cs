using System.Text;
using System.Text.Json;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Tests.Requests;

/// <summary>What came of reading a body.</summary>
/// <param name="Input">What it passed.</param>
/// <param name="Faults">What is wrong with its fields.</param>
/// <param name="Malformed">What is wrong with it as a whole.</param>
internal sealed record ReadBody(BatchInput Input, Faults Faults, string? Malformed)
{
    /// <summary>The fields that were passed, as JSON, or else the names of the faults, or else that it is malformed.</summary>
    public string Outcome => Malformed is not null ? "malformed" : Faults.Any ? $"faults: {string.Join(' ', Faults.Names())}" : Passed;

    private string Passed
    {
        get
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream, JsonText.WriterOptions))
                BatchJson.Write(json, Input.Values, Input.Passed);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    public static ReadBody Json(string body, bool strict = true) => Of(Encoding.UTF8.GetBytes(body), BodyFormat.Json, strict);

    public static ReadBody Form(string body, bool strict = true) => Of(Encoding.UTF8.GetBytes(body), BodyFormat.Form, strict);

    public static ReadBody Of(byte[] body, BodyFormat format, bool strict = true)
    {
        var faults = new Faults();
        var input = new BatchBody(strict).Read(body, format, faults, out var malformed);
        return new ReadBody(input, faults, malformed);
    }
}
