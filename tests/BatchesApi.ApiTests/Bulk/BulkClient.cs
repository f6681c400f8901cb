using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Requests for many batches.</summary>
internal static class BulkClient
{
    public const string Path = $"{Http.Batches}/bulk";

    /// <summary>Sends a bulk write.</summary>
    /// <param name="client">The client.</param>
    /// <param name="operation">The end of the path, such as <c>update</c>.</param>
    /// <param name="body">The body.</param>
    /// <param name="headers">Additional headers.</param>
    public static Task<HttpResponseMessage> BulkAsync(
        this HttpClient client, string operation, string? body = null, params (string Name, string Value)[] headers) =>
        client.SendAsync("POST", $"{Path}/{operation}", body, headers: headers);

    /// <summary>Creates batches from an array.</summary>
    public static Task<JsonObject> BulkCreateAsync(this HttpClient client, params string[] batches) =>
        client.BulkAsync("create", $"[{string.Join(',', batches)}]").JsonAsync();

    /// <summary>Undoes a change.</summary>
    public static Task<JsonObject> UndoAsync(this HttpClient client, JsonObject change) =>
        client.BulkAsync($"{change["changeId"]}/undo").JsonAsync();

    /// <summary>Sends a bulk write and returns its numbers, such as <c>3 matched, 2 changed, 1 unchanged</c>.</summary>
    public static string Numbers(this JsonObject result) =>
        $"{result["matched"]} matched, {result["changed"]} changed, {result["unchanged"]} unchanged";

    /// <summary>The values of a field of all active batches, in the order of the codes.</summary>
    public static async Task<string> ValuesAsync(this HttpClient client, string field)
    {
        var batches = await client.ListAsync($"{Http.Batches}?sortBy=batchCode&order=asc&limit=1000");
        return string.Join(' ', batches.Select(batch => batch![field]?.ToString() ?? "null"));
    }

    /// <summary>The validation errors of a bulk write.</summary>
    public static Task<string[]> BulkErrorsAsync(this HttpClient client, string operation, string body) =>
        client.BulkAsync(operation, body).ValidationErrorsAsync("invalid_body");
}
