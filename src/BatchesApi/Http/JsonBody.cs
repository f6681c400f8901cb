using System.Text.Json;
using System.Text.Unicode;

namespace BatchesApi.Http;

/// <summary>Parses bodies of JSON.</summary>
internal static class JsonBody
{
    /// <param name="text">The body.</param>
    /// <param name="options">The options of the parser, with the maximum depth.</param>
    /// <param name="purpose">What the body is for.</param>
    /// <param name="read">Reads the value.</param>
    /// <returns>What was read, or the problem of a body that is not UTF-8 or not JSON.</returns>
    public static Result<T> Read<T>(
        ReadOnlyMemory<byte> text, JsonDocumentOptions options, BodyPurpose purpose, Func<JsonElement, Result<T>> read)
    {
        if (!Utf8.IsValid(text.Span))
            return new Problem(ProblemCode.MalformedBody, MalformedJson.DescribeEncoding(text.Span));
        try
        {
            using var json = JsonDocument.Parse(text, options);
            return read(json.RootElement);
        }
        catch (JsonException exception)
        {
            return new Problem(
                ProblemCode.MalformedBody, MalformedJson.Describe(text.Span, exception, purpose, options.MaxDepth));
        }
    }
}
