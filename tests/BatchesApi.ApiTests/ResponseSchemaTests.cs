using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Webhooks;

namespace BatchesApi.ApiTests;

/// <summary>Responses have the members that the OpenAPI document describes, no others, and every described member occurs.</summary>
public sealed class ResponseSchemaTests(ApiServer server)
{
    private static readonly string[] RequestSchemas =
    [
        "BatchChanges", "BatchSearch", "BatchSet", "BulkSelection", "BulkUpdate", "Claim", "IdListChange", "LeaseExtension", "NewBatch",
        "KeyChanges", "KeyRotation", "NewKey", "NewUser", "NewWebhook", "PasswordChange", "SignIn", "UpsertBatch", "UserChanges",
        "WebhookChanges",
    ];

    private readonly HashSet<(JsonNode Schema, string Member)> _seen = [];
    private JsonNode _document = new JsonObject();

    [Fact]
    public async Task Responses_match_their_schemas()
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("RateLimits:Enabled", "true"));
        using var anonymous = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        _document = await anonymous.GetJsonAsync("/swagger/v2/swagger.json");
        using var client = await CreateClientAsync(app.Urls.First());
        using var restricted = await CreateClientAsync(app.Urls.First(), """{"assignee":"amy"}""");

        const string One = $"{Http.Batches}/{{id}}";
        const string DeletedOne = $"{Http.Deleted}/{{id}}";
        var now = await CheckAsync(client, "GET", $"{Http.Batches}/changes");
        var id = (await CheckAsync(client, "POST", Http.Batches, body: Http.Batch(), status: 201)).Id();
        await client.CreateIdAsync("B-2");
        await CheckAsync(client, "GET", One, id);
        await CheckAsync(client, "PATCH", One, id, body: """{"rating":4,"leadIds":["a"],"dueDate":"2026-12-01"}""");

        await CheckAsync(client, "GET", Http.Batches, header: ("Prefer", "explain"));
        await CheckAsync(client, "GET", Http.Batches, query: "?count=none");
        var page = await CheckAsync(client, "GET", Http.Batches, query: "?limit=1");
        await CheckAsync(client, "GET", Http.Batches, query: $"?cursor={page["nextCursor"]}");

        await CheckAsync(client, "POST", Http.Search, body: "{}", header: ("Prefer", "explain"));
        await CheckAsync(client, "POST", Http.Search, body: """{"limit":0}""", status: 400);
        await CheckAsync(client, "GET", Http.Groups, query: "?by=assignee,rating");
        await CheckAsync(client, "GET", Http.Groups, query: "?by=manager,repeated");
        await CheckAsync(client, "GET", Http.Groups, query: "?by=batchType,dueDate:month");
        await CheckAsync(client, "GET", Http.Groups, query: "?by=createdAt:day,updatedAt:week");

        await CheckAsync(client, "PATCH", One, id, body: """{"rating":5}""", header: ("If-Match", "\"1\""), status: 412);
        await CheckAsync(client, "POST", Http.Batches, body: "{}", status: 400);
        await CheckAsync(client, "GET", One, "unknown", status: 404);

        var claimed = await CheckAsync(client, "POST", $"{Http.Batches}/claim", body: $$"""{"where":{"id":"{{id}}"} }""");
        await CheckAsync(
            client, "POST", $"{One}/lease", id, body: $$"""{"token":"{{claimed["data"]![0]!["lease"]!["token"]}}"}""");

        await client.SendAsync("DELETE", DeletedOne.Replace("{id}", id, StringComparison.Ordinal)).EmptyAsync();
        await CheckAsync(client, "GET", Http.Deleted, header: ("Prefer", "explain"));
        await CheckAsync(client, "GET", DeletedOne, id);
        await CheckAsync(client, "POST", $"{DeletedOne}/restore", id);
        await CheckAsync(client, "GET", $"{One}/history", id);
        await CheckAsync(client, "GET", "/api/v2/history");
        await CheckAsync(client, "GET", $"{Http.Batches}/changes", query: "?since=start");
        await CheckAsync(client, "GET", $"{Http.Batches}/changes", query: $"?since={now["nextCursor"]}&wait=60");

        const string Bulk = $"{Http.Batches}/bulk";
        await CheckAsync(client, "POST", $"{Bulk}/create", body: $"[{Http.Batch("B-3")}]");
        const string Wrong = """{"where":{"batchCode":"B-3"},"set":{"rating":5},"expect":2}""";
        await CheckAsync(client, "POST", $"{Bulk}/update", body: Wrong, status: 409);
        const string DryRun = """{"where":{"batchCode":"B-3"},"set":{"rating":5},"dryRun":true}""";
        await CheckAsync(client, "POST", $"{Bulk}/update", body: DryRun);
        var deletion = await CheckAsync(client, "POST", $"{Bulk}/delete", body: """{"where":{"batchCode":"B-3"}}""");
        await client.SendAsync("POST", $"{Http.Deleted}/{deletion["sample"]![0]!.Id()}/restore").JsonAsync();
        await CheckAsync(client, "POST", $"{Bulk}/{{changeId}}/undo", id: (string)deletion["changeId"]!);
        deletion = await CheckAsync(client, "POST", $"{Bulk}/delete", body: """{"where":{"batchCode":"B-3"}}""");
        await CheckAsync(client, "POST", $"{Bulk}/{{changeId}}/undo", id: (string)deletion["changeId"]!);

        const string Webhook = $"{WebhookServer.Webhooks}/{{id}}";
        using var admin = await CreateClientAsync(app.Urls.First(), scope: "admin");
        const string NewWebhook = """{"url":"https://example.com/","where":{"rating":4},"active":false}""";
        var webhook = (await CheckAsync(admin, "POST", WebhookServer.Webhooks, body: NewWebhook, status: 201)).Id();
        await CheckAsync(admin, "PATCH", Webhook, webhook, body: """{"where":null}""");
        await CheckAsync(admin, "GET", Webhook, webhook);
        await CheckAsync(admin, "GET", WebhookServer.Webhooks);
        await CheckAsync(admin, "POST", $"{Webhook}/rotate", webhook);
        await CheckAsync(admin, "POST", $"{Webhook}/test", webhook);
        await CheckAsync(admin, "GET", $"{Webhook}/deliveries", webhook);

        const string Key = $"{TestRoutes.Keys}/{{id}}";
        var keyId = (await CheckAsync(admin, "POST", TestRoutes.Keys, body: """{"name":"a","policy":{"rating":4}}""", status: 201)).Id();
        await CheckAsync(admin, "PATCH", Key, keyId, body: """{"expiresAt":"2035-01-01T00:00:00Z"}""");
        await CheckAsync(admin, "POST", $"{Key}/rotate", keyId, body: "{}");
        await CheckAsync(admin, "GET", Key, keyId);
        await CheckAsync(admin, "GET", TestRoutes.Keys);

        var newUser = $$"""{"email":"{{Guid.NewGuid():N}}@example.com","password":"correct horse"}""";
        var userId = (await CheckAsync(admin, "POST", TestRoutes.Users, body: newUser, status: 201)).Id();
        await CheckAsync(admin, "POST", TestRoutes.Users, body: newUser, status: 409);
        await CheckAsync(admin, "PATCH", $"{TestRoutes.Users}/{{id}}", userId, body: """{"disabled":true}""");
        await CheckAsync(admin, "GET", $"{TestRoutes.Users}/{{id}}", userId);
        await CheckAsync(admin, "GET", TestRoutes.Users);
        await CheckAsync(admin, "GET", "/api/v2/history", query: "?kind=access");

        var (email, password) = ($"{Guid.NewGuid():N}@example.com", "correct horse battery staple");
        await server.CreateUserAsync(email, password);
        await CheckAsync(anonymous, "POST", "/api/v2/signin", body: $$"""{"email":"{{email}}","password":"{{password}}"}""");
        await CheckAsync(anonymous, "GET", "/api/v2/keys/me", status: 401);
        await CheckAsync(client, "GET", "/api/v2/keys/me");
        await CheckAsync(restricted, "GET", "/api/v2/keys/me");

        var unseen =
            from schema in _document["components"]!["schemas"]!.AsObject()
            where !RequestSchemas.Contains(schema.Key)
            from member in schema.Value!["properties"]?.AsObject() ?? []
            where !_seen.Contains((schema.Value, member.Key))
            select $"{schema.Key}.{member.Key}";
        Assert.Empty(unseen);
    }

    private async Task<HttpClient> CreateClientAsync(string address, string? policy = null, string scope = "write") =>
        ApiServer.CreateClient(new Uri(address), (await server.CreateKeyAsync(scope, policy: policy)).Secret);

    private async Task<JsonNode> CheckAsync(
        HttpClient client, string method, string path, string id = "", string query = "", string? body = null,
        (string, string)? header = null, int status = 200)
    {
        using var response = await client.SendAsync(
            method,
            path.Replace("{id}", id, StringComparison.Ordinal).Replace("{changeId}", id, StringComparison.Ordinal) + query,
            body,
            headers: header is { } sent ? [sent] : []);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode} instead of {status}: {text}");

        var responses = _document["paths"]![path]![method.ToLowerInvariant()]!["responses"]!;
        var content = responses[status.ToString(CultureInfo.InvariantCulture)]!["content"]!;
        var schema = content[response.Content.Headers.ContentType!.MediaType!]!["schema"]!;
        var json = JsonNode.Parse(text)!;
        Assert.Empty(FindErrors(json, schema, $"{method} {path}").Select(error => $"{error} in {text}"));
        return json;
    }

    private IEnumerable<string> FindErrors(JsonNode? value, JsonNode schema, string path)
    {
        while (schema["$ref"] is { } reference)
            schema = _document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]!;

        var type = value switch
        {
            null => "null",
            JsonObject => "object",
            JsonArray => "array",
            _ => value.GetValueKind() switch { JsonValueKind.String => "string", JsonValueKind.Number => "integer", _ => "boolean" },
        };
        if (schema["type"] is { } types && !(types as JsonArray ?? [(string)types!]).Any(allowed => (string)allowed! == type))
            return [$"{path} is of type {type}"];
        if (schema["enum"] is { } values && !values.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value)))
            return [$"{path} is not an allowed value"];
        return value switch
        {
            JsonArray items when schema["items"] is { } item => items.SelectMany((element, i) => FindErrors(element, item, $"{path}[{i}]")),
            JsonObject members => FindMemberErrors(members, schema, path),
            _ => [],
        };
    }

    private IEnumerable<string> FindMemberErrors(JsonObject value, JsonNode schema, string path)
    {
        foreach (var name in (schema["required"]?.AsArray() ?? []).Where(name => !value.ContainsKey((string)name!)))
            yield return $"{path}.{name} is missing";
        foreach (var (name, member) in value)
        {
            _seen.Add((schema, name));
            var described = schema["properties"]?[name] ?? schema["additionalProperties"];
            if (described is not null)
            {
                foreach (var error in FindErrors(member, described, $"{path}.{name}"))
                    yield return error;
            }
            else if (schema["properties"] is not null)
            {
                yield return $"{path}.{name} is not in the schema";
            }
        }
    }
}
