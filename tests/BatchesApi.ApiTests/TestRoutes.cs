namespace BatchesApi.ApiTests;

/// <summary>The routes of the API for theories; <c>{id}</c> stands for an id.</summary>
internal static class TestRoutes
{
    /// <summary>An id that no batch has.</summary>
    public const string UnknownId = "63a5b84c53e1218321c55572";

    public const string Keys = "/api/v2/keys";

    public const string Users = "/api/v2/users";

    private static readonly (string Method, string Path, bool Writes, string? Body)[] Table =
    [
        ("GET", Http.Batches, false, null),
        ("POST", Http.Batches, true, Http.Batch("B-route")),
        ("POST", Http.Search, false, "{}"),
        ("GET", Http.Batches + "/{id}", false, null),
        ("PUT", Http.Batches + "/{id}", true, Http.Batch("B-route")),
        ("PATCH", Http.Batches + "/{id}", true, """{"rating":1}"""),
        ("GET", Http.Groups, false, null),
        ("POST", Http.Batches + "/claim", true, null),
        ("POST", Http.Batches + "/{id}/lease", true, """{"token":"t"}"""),
        ("DELETE", Http.Batches + "/{id}/lease", true, null),
        ("GET", Http.Deleted, false, null),
        ("GET", Http.Deleted + "/{id}", false, null),
        ("DELETE", Http.Deleted + "/{id}", true, null),
        ("POST", Http.Deleted + "/{id}/restore", true, null),
        ("POST", Http.Batches + "/bulk/create", true, $"[{Http.Batch("B-route")}]"),
        ("POST", Http.Batches + "/bulk/update", true, """{"where":{"rating":1},"set":{"rating":1}}"""),
        ("POST", Http.Batches + "/bulk/delete", true, """{"where":{"batchCode":"B-none"}}"""),
        ("POST", Http.Batches + "/bulk/restore", true, """{"where":{"batchCode":"B-none"}}"""),
        ("POST", Http.Batches + "/bulk/" + UnknownId + "/undo", true, null),
    ];

    /// <summary>Every route.</summary>
    public static TheoryData<string, string> All => Where(_ => true);

    /// <summary>The routes that read.</summary>
    public static TheoryData<string, string> Reading => Where(route => !route.Writes);

    /// <summary>The routes that write.</summary>
    public static TheoryData<string, string> Writing => Where(route => route.Writes);

    /// <summary>The routes with the id of a batch.</summary>
    public static TheoryData<string, string> OfOneBatch => Where(route => route.Path.Contains("{id}", StringComparison.Ordinal));

    /// <summary>Sends a valid request to a route.</summary>
    public static Task<HttpResponseMessage> SendToAsync(
        this HttpClient client, string method, string path, string id = UnknownId, string query = "") =>
        client.SendAsync(
            method,
            $"{path.Replace("{id}", id, StringComparison.Ordinal)}{AddRequired(path, query)}",
            Table.Single(route => route.Method == method && route.Path == path).Body);

    private static string AddRequired(string path, string query) =>
        path == Http.Groups ? $"{(query.Length == 0 ? "?" : $"{query}&")}by=assignee" : query;

    private static TheoryData<string, string> Where(Func<(string Method, string Path, bool Writes, string? Body), bool> condition) =>
        [.. Table.Where(condition).Select(route => new TheoryDataRow<string, string>(route.Method, route.Path))];
}
