using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Webhooks;

namespace BatchesApi.ApiTests;

/// <summary>The server does what the OpenAPI document says: random requests to every operation. <c>BATCHES_FUZZ_SEED</c> sets another
/// seed.</summary>
public sealed class DocumentConformanceTests(ApiServer server)
{
    private const int Rounds = 100;
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task Responses_to_random_requests_match_the_document_and_valid_requests_are_not_refused()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("BATCHES_FUZZ_SEED") ?? "20261126", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}");

        // With rate limits, so that their headers are sent.
        await using var app = await ApiServer.StartAsync(
            server.ConnectionString, ("RateLimits:Enabled", "true"),
            ("RateLimits:Standard:PerMinute", "1000000"), ("RateLimits:Standard:PerHour", "1000000"),
            ("RateLimits:Intensive:PerMinute", "1000000"), ("RateLimits:Intensive:PerHour", "1000000"));
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = new Uri(app.Urls.First()) };
        var document = await client.GetJsonAsync("/swagger/v2/swagger.json");
        var responses = new DocumentedResponses(document);

        var account = ApiServer.NewAccountName();
        var (_, key) = await server.CreateKeyAsync("admin", account);
        var (email, token) = await server.SignInAsync(account: account);
        var (_, ownToken) = await server.SignInAsync(account: account);
        var requests = new DocumentedRequests(
            document, new Random(seed), key,
            ["", "icr_wrong", token, (await server.CreateKeyAsync("read", account)).Secret,
                (await server.CreateKeyAsync(account: account, policy: """{"assignee":"amy"}""")).Secret]);

        var leases = new Queue<(string Id, string Token)>();
        var failures = new List<string>();
        var statuses = new HashSet<(string Operation, int Status)>();
        var sent = 0;
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (path, method, operation) in OpenApiTests.Operations(document))
            {
                var id = (string)operation["operationId"]!;
                var request = requests.Create(path, method, operation, isValid: round % 2 == 0);
                using var message = request.Message;
                if (id == "signIn" && round % 10 == 0)
                    message.Content = new StringContent($$"""{"email":"{{email}}","password":"{{Password}}"}""", null, "application/json");

                // Only a token can sign out, once, and the random requests rarely have it.
                if (id == "signOut" && round == Rounds - 2 && !statuses.Contains((id, 204)))
                    message.Headers.Authorization = new("Bearer", token);

                // E-mail addresses are unique, and passwords random.
                if (id == "createUser" && request.IsValid)
                {
                    var user = $$"""{"email":"{{Guid.NewGuid():N}}@example.com","password":"{{Password}}","policy":null}""";
                    message.Content = new StringContent(user, null, "application/json");
                }
                if (id == "changePassword" && round % 10 == 0)
                {
                    message.Headers.Authorization = new("Bearer", ownToken);
                    var change = $$"""{"currentPassword":"{{Password}}","newPassword":"{{Password}}"}""";
                    message.Content = new StringContent(change, null, "application/json");
                }

                if (id is "extendLease" or "releaseLease" && round % 10 == 0 && leases.TryPeek(out var lease))
                    UseLease(message, lease.Id, lease.Token);
                var body = message.Content is null ? "" : await message.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
                var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                sent++;
                var status = (int)response.StatusCode;
                statuses.Add((id, status));
                if (status is 200 or 201 && text.StartsWith("{\"id\"", StringComparison.Ordinal))
                {
                    var ids = id switch
                    {
                        "createWebhook" => requests.WebhookIds,
                        "createKey" => requests.KeyIds,
                        "createUser" => requests.UserIds,
                        _ when id.Contains("Key", StringComparison.Ordinal) || id.Contains("User", StringComparison.Ordinal) => [],
                        _ when id.Contains("Webhook", StringComparison.Ordinal) => [],
                        _ => requests.Ids,
                    };
                    ids.Add(JsonNode.Parse(text)!.Id());
                    if (id == "testWebhook")
                        requests.Deliveries.Add((message.RequestUri!.AbsolutePath.Split('/')[4], JsonNode.Parse(text)!.Id()));
                }
                if (status == 200 && (string?)(JsonNode.Parse(text) as JsonObject)?["changeId"] is { } changeId)
                    requests.ChangeIds.Add(changeId);
                if ((id, status) == ("claimBatches", 200))
                {
                    foreach (var claimed in JsonNode.Parse(text)!["data"]!.AsArray())
                        leases.Enqueue((claimed!.Id(), (string)claimed!["lease"]!["token"]!));
                }
                else if (id == "releaseLease" && round % 10 == 0)
                {
                    leases.TryDequeue(out _);
                }

                var errors = responses.FindErrors(operation, response, text, request.IsPartial).ToList();
                if (request.IsValid && !(status is >= 200 and < 300 or 304 or 404 or 409 or 412 || IsRefusedByCredential(id, status)))
                    errors.Add("The document allows the request.");
                failures.AddRange(errors.Select(error => Shorten($"{id}: {error}\n{message} {body} -> {status} {text}")));
            }
        }

        // The server would go on sending events.
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        foreach (var webhook in await client.ListAsync(WebhookServer.Webhooks))
            await client.SendAsync("DELETE", $"{WebhookServer.Webhooks}/{webhook!.Id()}").EmptyAsync();

        Assert.True(failures.Count == 0, string.Join("\n\n", failures.Take(20)));
        Assert.InRange(sent, 500, int.MaxValue);

        // A seed that reaches few operations and statuses proves little.
        Assert.All(OpenApiTests.Operations(document), operation =>
            Assert.Contains(statuses, seen => seen.Operation == (string)operation.Node["operationId"]! && seen.Status < 300));
        Assert.All((int[])[200, 201, 204, 304, 400, 401, 403, 404, 406, 409, 412, 413, 415], status =>
            Assert.Contains(statuses, seen => seen.Status == status));
    }

    [Theory]
    [InlineData(200, "application/json", """{"data":[],"limit":20,"nextCursor":null}""", null)]
    [InlineData(200, "application/json", """{"data":[],"limit":20}""", "required")]
    [InlineData(200, "application/json", """{"data":[{"id":"x"}],"limit":20,"nextCursor":null}""", "pattern")]
    [InlineData(200, "application/json", """{"data":[],"limit":20,"nextCursor":null,"more":1}""", "/more")]
    [InlineData(200, "text/plain", "", "media type")]
    [InlineData(202, "application/json", "{}", "status")]
    [InlineData(429, "application/problem+json", """{"code":"other"}""", "enum")]
    public async Task A_response_that_differs_from_the_document_is_found(int status, string mediaType, string body, string? difference)
    {
        using var client = server.CreateAnonymousClient();
        var document = await client.GetJsonAsync("/swagger/v2/swagger.json");
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, null, mediaType) };
        response.Headers.Add("Request-Id", "0af7651916cd43dd8448eb211c80319c");
        var errors = new DocumentedResponses(document)
            .FindErrors(document["paths"]![Http.Batches]!["get"]!, response, body, isPartial: false).ToList();
        if (difference is null)
            Assert.Empty(errors);
        else
            Assert.Contains(errors, error => error.Contains(difference, StringComparison.Ordinal));
    }

    /// <summary>Makes a request for a lease use one that was claimed, because random tokens are those of no lease.</summary>
    private static void UseLease(HttpRequestMessage message, string id, string token)
    {
        message.RequestUri = new Uri($"{Http.Batches}/{id}/lease", UriKind.Relative);
        if (message.Content is not null)
            message.Content = new StringContent($$"""{"token":"{{token}}"}""", null, "application/json");
        if (message.Headers.Remove("Batch-Lease"))
            message.Headers.Add("Batch-Lease", token);
    }

    private static string Shorten(string text) => text.Length > 1_500 ? text[..1_500] : text;

    /// <summary>Whether the user of a sign-in does not exist, or the key of a sign-out is not an access token: no schema says so.</summary>
    private static bool IsRefusedByCredential(string operation, int status) =>
        (operation, status) is ("signIn", 401 or 429) or ("signOut", 403) or ("changePassword", 400 or 403 or 429);
}
