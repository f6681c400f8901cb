using System.Globalization;
using System.Text.Json.Nodes;
using Json.Schema;

namespace BatchesApi.ApiTests;

/// <summary>Compares responses with the OpenAPI document: status, media type, headers and body.</summary>
/// <param name="document">The document as OpenAPI 3.1.</param>
internal sealed class DocumentedResponses(JsonNode document)
{
    /// <summary>Headers that HTTP and browsers define for any response.</summary>
    private static readonly HashSet<string> CommonHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Server", "Transfer-Encoding", "Vary",
        "X-Content-Type-Options",
    };

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly Dictionary<(string, bool), JsonSchema> _schemas = [];

    /// <summary>Returns the differences between a response and the document.</summary>
    /// <param name="operation">The operation in the document.</param>
    /// <param name="response">The response.</param>
    /// <param name="text">The body of the response.</param>
    /// <param name="isPartial">Whether the request selects the members of batches.</param>
    public IEnumerable<string> FindErrors(JsonNode operation, HttpResponseMessage response, string text, bool isPartial)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (operation["responses"]![status] is not { } documented)
            return [$"The status {status} is not documented."];
        return FindHeaderErrors(documented["headers"]!.AsObject(), response).Concat(FindBodyErrors(documented, response, text, isPartial));
    }

    private IEnumerable<string> FindHeaderErrors(JsonObject documented, HttpResponseMessage response)
    {
        var sent = response.Headers.Concat(response.Content.Headers)
            .Where(header => !CommonHeaders.Contains(header.Key))
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        foreach (var name in sent.Keys.Where(name => !documented.ContainsKey(name)))
            yield return $"The header {name} is not documented.";
        foreach (var name in documented.Select(header => header.Key))
        {
            var header = document["components"]!["headers"]![name]!;
            if (sent.TryGetValue(name, out var value))
            {
                if ((string)header["schema"]!["type"]! == "integer" && !long.TryParse(value, CultureInfo.InvariantCulture, out _))
                    yield return $"The header {name} is not an integer: {value}";
            }
            else if (header["required"] is not null)
            {
                yield return $"The header {name} is missing.";
            }
        }
    }

    private IEnumerable<string> FindBodyErrors(JsonNode documented, HttpResponseMessage response, string text, bool isPartial)
    {
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        if (documented["content"] is not JsonObject content)
            return text.Length == 0 && mediaType is null ? [] : [$"The body is not documented: {text}"];
        if (mediaType is null || content[mediaType] is not { } described)
            return [$"The media type {mediaType} is not documented."];

        var schema = GetSchema(((string)described["schema"]!["$ref"]!).Split('/')[^1], isPartial);
        var body = JsonNode.Parse(text);

        // The description of a create names arrays: schemas with alternatives mislead client generators.
        return (body is JsonArray items ? items : [body?.DeepClone()]).SelectMany(item => FindSchemaErrors(item, schema));
    }

    private static IEnumerable<string> FindSchemaErrors(JsonNode? body, JsonSchema schema) =>
        from detail in schema.Evaluate(body, Options).Details
        from error in detail.Errors ?? new Dictionary<string, string>()
        select $"{detail.InstanceLocation} {error.Key}: {error.Value} ({detail.EvaluationPath})";

    /// <summary>The schema with every other schema, without unknown members, which a client may see only from later versions.</summary>
    private JsonSchema GetSchema(string name, bool isPartial)
    {
        if (_schemas.TryGetValue((name, isPartial), out var schema))
            return schema;
        var all = document["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var record in all.Select(entry => entry.Value!.AsObject()).Where(entry => entry["properties"] is not null))
            record["additionalProperties"] = false;
        if (isPartial)
        {
            all["Batch"]!.AsObject().Remove("required");
            all["DeletedBatch"]!.AsObject().Remove("required");
        }
        var text = new JsonObject { ["$ref"] = $"#/components/schemas/{name}", ["components"] = new JsonObject { ["schemas"] = all } };
        return _schemas[(name, isPartial)] = JsonSchema.FromText(text.ToJsonString());
    }
}
