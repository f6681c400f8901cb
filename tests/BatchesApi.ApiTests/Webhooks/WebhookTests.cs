using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;
using Npgsql;

namespace BatchesApi.ApiTests.Webhooks;

/// <summary>The operations on webhooks. None of these webhooks leads to a receiver.</summary>
public sealed class WebhookTests(ApiServer server) : AccountTest(server)
{
    private const string Webhooks = WebhookServer.Webhooks;
    private const string Url = "https://hooks.example.com/batches?x=1";
    private const string Unknown = "000000000000000000000000";

    public static TheoryData<string, string> InvalidBodies { get; } = new()
    {
        { "{}", "url: is required: the URL that the server calls, such as https://example.com/hooks." },
        { """{"url":null}""", "url: is required: the URL that the server calls, such as https://example.com/hooks." },
        { """{"url":7}""", "url: must be a URL as a string, but is 7." },
        { """{"url":""}""", "url: must be an absolute URL" },
        { """{"url":"hooks.example.com"}""", "url: must be an absolute URL" },
        { """{"url":"/hooks"}""", "url: must be an absolute URL" },
        { """{"url":"ftp://example.com/"}""", "url: must be an absolute URL" },
        { """{"url":"file:///etc/passwd"}""", "url: must be an absolute URL" },
        { """{"url":"http:example.com"}""", "url: must be an absolute URL" },
        { """{"url":"http:///hooks"}""", "url: must be an absolute URL" },
        { """{"url":" https://example.com/"}""", "url: must be an absolute URL" },
        { """{"url":"https://example .com/"}""", "url: must be an absolute URL" },
        { """{"url":"https://example.com/a\nb"}""", "url: must be an absolute URL" },
        { """{"url":"https:\\\\example.com\\"}""", "url: must be an absolute URL" },
        { """{"url":"https://example.com:99999/"}""", "url: must be an absolute URL" },
        { """{"url":"https://amy:secret@example.com/"}""", "url: must not contain a user name or password." },
        { """{"url":"https://@example.com/"}""", "url: must not contain a user name or password." },
        { """{"url":"https://example.com@10.0.0.1/"}""", "url: must not contain a user name or password." },
        { """{"url":"https://example.com/#top"}""", "url: must not have a fragment ('#')." },
        { """{"url":"https://example.com/\u0000"}""", "url: must not contain U+0000 or an unpaired surrogate." },
        { $"{{\"url\":\"https://example.com/{new string('x', 2_029)}\"}}", "url: must have at most 2,048 characters, but has 2,049." },
        { """{"url":"https://example.com/","events":[]}""", "events: must be an array with at least one of batch.created, " },
        { """{"url":"https://example.com/","events":"batch.created"}""", "events: must be an array with at least one of batch.created, " },
        { """{"url":"https://example.com/","events":["batch.purged"]}""", "events: 'batch.purged' is not an event. Events: batch.created" },
        { """{"url":"https://example.com/","events":["webhook.test"]}""", "events: 'webhook.test' is not an event." },
        { """{"url":"https://example.com/","events":[1]}""", "events: item 0 must be a string, but is 1." },
        {
            """{"url":"https://example.com/","events":["batch.created","batch.created"]}""",
            "events: must not contain 'batch.created' more than once."
        },
        { """{"url":"https://example.com/","where":[]}""", "where: must be a filter as in the parameter p" },
        { """{"url":"https://example.com/","where":{"nothing":1}}""", "where.nothing: unknown field 'nothing'" },
        { """{"url":"https://example.com/","where":{"rating":{"$gt":"x"}}}""", "where.rating.$gt: " },
        { """{"url":"https://example.com/","where":{"assignee":{"$me":true}}}""", "where: must not contain $me" },
        { """{"url":"https://example.com/","active":1}""", "active: must be true or false, but is 1." },
        { """{"url":"https://example.com/","secret":"x"}""", "secret: is not a member of this body. Members: url, events, where, active." },
        { """{"url":"https://example.com/","event":[]}""", "event: is not a member of this body. Did you mean 'events'?" },
        { """{"url":"https://example.com/","url":"https://example.com/"}""", "url: must not be given more than once." },
    };

    [Fact]
    public async Task A_webhook_can_be_created_read_changed_and_deleted()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var response = await admin.SendAsync(
            "POST",
            Webhooks,
            $"{{\"url\":\"{Url}\",\"events\":[\"batch.deleted\",\"batch.created\"],\"where\":{{ \"assignee\" : \"amy\" }}}}");
        var created = await response.JsonAsync(HttpStatusCode.Created);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal($"{Server.Address}api/v2/webhooks/{created.Id()}", response.Headers.Location!.ToString());
        Assert.Equal(
            ["id", "url", "events", "where", "active", "disabledReason", "createdAt", "updatedAt"],
            created.Select(member => member.Key).Where(name => name != "secret"));
        Assert.Equal(Url, (string?)created["url"]);
        Assert.Equal("""["batch.created","batch.deleted"]""", created["events"]!.ToJsonString());
        Assert.Equal("""{"assignee":"amy"}""", created["where"]!.ToJsonString());
        Assert.True((bool)created["active"]!);
        Assert.Null(created["disabledReason"]);
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", (string)created["secret"]!);

        // The secret is shown once.
        created.Remove("secret");
        var address = $"{Webhooks}/{created.Id()}";
        Http.AssertSame(created, await admin.GetJsonAsync(address));
        Http.AssertSame(created, Assert.Single(await admin.ListAsync(Webhooks)));

        var changed = await admin.SendAsync(
            "PATCH", address, """{"url":"http://other.example.com","events":["batch.updated"],"where":null,"active":false}""").JsonAsync();
        Assert.Equal("http://other.example.com", (string?)changed["url"]);
        Assert.Equal("""["batch.updated"]""", changed["events"]!.ToJsonString());
        Assert.Null(changed["where"]);
        Assert.False((bool)changed["active"]!);
        Assert.Equal((string?)created["createdAt"], (string?)changed["createdAt"]);
        Assert.NotEqual((string?)created["updatedAt"], (string?)changed["updatedAt"]);
        foreach (var nothing in (string?[])["{}", null])
            Http.AssertSame(changed, await admin.SendAsync("PATCH", address, nothing).JsonAsync());
        changed = await admin.SendAsync("PATCH", address, """{"where":{"rating":{"$gte":4}}}""").JsonAsync();
        Assert.Equal("""{"rating":{"$gte":4}}""", changed["where"]!.ToJsonString());
        Assert.False((bool)changed["active"]!);

        var rotated = await admin.SendAsync("POST", $"{address}/rotate").JsonAsync();
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", (string)rotated["secret"]!);
        await admin.SendAsync("DELETE", address).EmptyAsync();
        await admin.SendAsync("GET", address).ProblemAsync(HttpStatusCode.NotFound, "webhook_not_found");
        Assert.Empty(await admin.ListAsync(Webhooks));
    }

    [Theory]
    [MemberData(nameof(InvalidBodies))]
    public async Task An_invalid_body_is_rejected(string body, string error)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var errors = await admin.SendAsync("POST", Webhooks, body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_validated_like_a_create_and_null_is_only_for_the_condition()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var address = $"{Webhooks}/{(await admin.CreateWebhookAsync(Url, "\"active\":false")).Id()}";
        Assert.Equal(
            [
                "url: must be a URL as a string, but is null.",
                "events: must be an array with at least one of batch.created, batch.updated, batch.deleted, batch.restored, but is null.",
                "where.x: unknown field 'x'.",
                "active: must be true or false, but is null.",
            ],
            (await admin.SendAsync("PATCH", address, """{"url":null,"events":null,"where":{"x":1},"active":null}""")
                .ValidationErrorsAsync("invalid_body")).Select(error => error.Split(". Fields")[0].Split(" Fields")[0]));
        await admin.SendAsync("PATCH", address, "{").ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        await admin.SendAsync("PATCH", address, "url=x", "application/x-www-form-urlencoded")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await admin.SendAsync("POST", Webhooks, $"{{\"url\":\"{Url}\",\"where\":{{\"notes\":\"{new string('x', 70_000)}\"}}}}")
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task A_webhook_of_another_account_is_not_found()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var stranger = await Server.CreateClientAsync("admin");
        var webhook = await admin.CreateWebhookAsync(Url, "\"active\":false");
        var delivery = await admin.SendAsync("POST", $"{Webhooks}/{webhook.Id()}/test").JsonAsync();
        foreach (var (client, id) in ((HttpClient, string)[])[(stranger, webhook.Id()), (admin, Unknown), (admin, "x")])
        {
            foreach (var (method, path, body) in ((string, string, string?)[])
                [
                    ("GET", "", null), ("PATCH", "", """{"active":true}"""), ("DELETE", "", null), ("POST", "/rotate", null),
                    ("GET", "/deliveries", null), ("POST", $"/deliveries/{delivery.Id()}/retry", null), ("POST", "/test", null),
                ])
            {
                await client.SendAsync(method, $"{Webhooks}/{id}{path}", body).ProblemAsync(HttpStatusCode.NotFound, "webhook_not_found");
            }
        }
        Assert.Empty(await stranger.ListAsync(Webhooks));
        foreach (var id in (string[])[Unknown, "x"])
        {
            await admin.SendAsync("POST", $"{Webhooks}/{webhook.Id()}/deliveries/{id}/retry")
                .ProblemAsync(HttpStatusCode.NotFound, "delivery_not_found");
        }
        webhook.Remove("secret");
        Http.AssertSame(webhook, await admin.GetJsonAsync($"{Webhooks}/{webhook.Id()}"));
    }

    [Fact]
    public async Task Lesser_scopes_are_rejected()
    {
        foreach (var scope in (string[])["read", "write"])
        {
            using var client = await Server.CreateClientAsync(scope, Account);
            var problem = await client.SendAsync("GET", Webhooks).ProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");
            Assert.Equal(
                $"This credential has the scope '{scope}'; this operation needs the scope 'admin'.", (string?)problem["detail"]);
        }
    }

    [Fact]
    public async Task An_account_has_at_most_100_webhooks()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var account = await Server.AccountIdAsync(Account);
        var first = await admin.CreateWebhookAsync(Url, "\"active\":false");
        await ExecuteAsync(
            $"""
            INSERT INTO webhooks (
                account_id, id, url, events, is_active, secret, created_at, updated_at, read_position, read_at, read_batch_id, read_version,
                read_until, inactive_periods)
            SELECT account_id, lpad(n::text, 24, '0'), url, events, is_active, secret, created_at, updated_at, 0, now(), '', 0,
                now(), array[]::bigint[]
            FROM webhooks, generate_series(1, 97) AS n WHERE account_id = {account}
            """);

        // Of four concurrent creates, two find room.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var response = await admin.SendAsync("POST", Webhooks, $$"""{"url":"{{Url}}","active":false}""");
            return (int)response.StatusCode;
        }));
        Assert.Equal([201, 201, 409, 409], statuses.Order());
        await admin.SendAsync("POST", Webhooks, $$"""{"url":"{{Url}}"}""").ProblemAsync(HttpStatusCode.Conflict, "too_many_webhooks");
        await admin.SendAsync("DELETE", $"{Webhooks}/{first.Id()}").EmptyAsync();
        await admin.CreateWebhookAsync(Url, "\"active\":false");
    }

    [Fact]
    public async Task Deliveries_are_listed_page_by_page_and_by_status()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var webhook = await admin.CreateWebhookAsync(Url, "\"active\":false");
        var other = await admin.CreateWebhookAsync(Url, "\"active\":false");
        await ExecuteAsync(
            $"""
            INSERT INTO webhook_deliveries (
                account_id, webhook_id, id, type, batch_id, version, changed, changed_at, status, attempts, failures, created_at)
            SELECT {await Server.AccountIdAsync(Account)}, '{webhook.Id()}', lpad(n::text, 24, '0'), 'batch.updated', 'b', n,
                array['rating'], now(), CASE n % 3 WHEN 0 THEN 'failed' ELSE 'delivered' END, '[]', 0, now()
            FROM generate_series(1, 45) AS n
            """);
        var address = $"{Webhooks}/{webhook.Id()}/deliveries";

        var first = await admin.GetJsonAsync(address);
        Assert.Equal(20, (int?)first["limit"]);
        Assert.Equal(Enumerable.Range(26, 20).Reverse(), Versions(first));
        var second = await admin.GetJsonAsync($"{address}?cursor={first["nextCursor"]}");
        Assert.Equal(Enumerable.Range(6, 20).Reverse(), Versions(second));
        var last = await admin.GetJsonAsync($"{address}?limit=1000&cursor={second["nextCursor"]}");
        Assert.Equal(Enumerable.Range(1, 5).Reverse(), Versions(last));
        Assert.Null(last["nextCursor"]);
        Assert.Equal([45, 42, 39], Versions(await admin.GetJsonAsync($"{address}?status=failed&limit=3")));
        Assert.Empty(Versions(await admin.GetJsonAsync($"{address}?status=pending")));

        Assert.Equal(
            [
                "limit: must be a whole number from 1 to 1,000.", "status: must be one of pending, delivered, failed.",
                "cursor: is not a cursor of these deliveries. Use the nextCursor of an earlier response unchanged.",
            ],
            await admin.SendAsync("GET", $"{address}?limit=1001&status=sent&cursor=AAAA").ValidationErrorsAsync("invalid_parameter"));
        Assert.StartsWith("cursor: ", Assert.Single(await admin.SendAsync(
            "GET", $"{Webhooks}/{other.Id()}/deliveries?cursor={first["nextCursor"]}").ValidationErrorsAsync("invalid_parameter")),
            StringComparison.Ordinal);
        Assert.StartsWith("page: ", Assert.Single(
            await admin.SendAsync("GET", $"{address}?page=2").ValidationErrorsAsync("invalid_parameter")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_address_is_not_called()
    {
        await using var receiver = await Receiver.StartAsync();
        using var admin = await Server.CreateClientAsync("admin", Account);
        var port = new Uri(receiver.Url).Port;
        foreach (var host in (string[])
            [
                "127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0",
                "169.254.169.254", "[fd00::1]",
            ])
        {
            var webhook = await admin.CreateWebhookAsync($"http://{host}:{port}/", "\"active\":false");
            var delivery = await admin.SendAsync("POST", $"{Webhooks}/{webhook.Id()}/test").JsonAsync();
            Assert.Equal("failed", delivery.Status());
            Assert.Equal("The host has an address that is not public.", (string?)delivery["attempts"]![0]!["error"]);
        }
        Assert.Empty(receiver.All);
    }

    private static IEnumerable<int> Versions(JsonNode page) => page["data"]!.AsArray().Select(delivery => (int)delivery!["version"]!);

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
