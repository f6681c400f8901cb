using System.Text;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests;

/// <summary>The result of reading a body.</summary>
/// <param name="Patch">The passed fields; no field if the body is malformed.</param>
/// <param name="Errors">The errors of its fields.</param>
/// <param name="Malformed">The detail of the problem, if the body is malformed.</param>
internal sealed record ReadBody(BatchPatch Patch, ValidationErrors Errors, string? Malformed)
{
    /// <summary>The passed fields as JSON, or the names of the invalid ones, or that the body is malformed.</summary>
    public string Outcome =>
        Malformed is not null ? "malformed" : Errors.HasErrors ? $"errors: {string.Join(' ', Errors.Names())}" : Passed;

    private string Passed
    {
        get
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream, JsonOutput.WriterOptions))
                BatchJson.Write(json, Patch.Values, Patch.Passed);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    public static ReadBody Json(string body, bool strict = true, BodyPurpose purpose = BodyPurpose.Create) =>
        FromBytes(Encoding.UTF8.GetBytes(body), BodyFormat.Json, strict, purpose);

    public static ReadBody Form(string body, bool strict = true) => FromBytes(Encoding.UTF8.GetBytes(body), BodyFormat.Form, strict);

    public static ReadBody FromBytes(
        byte[] body, BodyFormat format, bool strict = true, BodyPurpose purpose = BodyPurpose.Create)
    {
        var errors = new ValidationErrors();
        var patch = new BatchBodyReader(strict).Read(new RequestBody(body, format), errors, purpose);
        return new ReadBody(patch.Problem is null ? patch.Value : BatchPatch.Empty, errors, patch.Problem?.Detail);
    }
}
