using System.Text;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests;

/// <summary>The result of reading a body.</summary>
/// <param name="Input">The passed fields.</param>
/// <param name="Faults">The errors of its fields.</param>
/// <param name="Malformed">The error of the whole body, or null.</param>
internal sealed record ReadBody(BatchPatch Input, ValidationErrors Faults, string? Malformed)
{
    /// <summary>The passed fields as JSON, or the names of the invalid fields, or <c>malformed</c>.</summary>
    public string Outcome => Malformed is not null ? "malformed" : Faults.HasErrors ? $"faults: {string.Join(' ', Faults.Names())}" : Passed;

    private string Passed
    {
        get
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream, JsonOutput.WriterOptions))
                BatchJson.Write(json, Input.Values, Input.Passed);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    public static ReadBody Json(string body, bool strict = true) => Of(Encoding.UTF8.GetBytes(body), BodyFormat.Json, strict);

    public static ReadBody Form(string body, bool strict = true) => Of(Encoding.UTF8.GetBytes(body), BodyFormat.Form, strict);

    public static ReadBody Of(byte[] body, BodyFormat format, bool strict = true)
    {
        var errors = new ValidationErrors();
        var input = new BatchBodyReader(strict).Read(body, format, errors, out var malformed);
        return new ReadBody(input, errors, malformed);
    }
}
