using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.ApiTests.Safety;
using Npgsql;

namespace BatchesApi.ApiTests.Administration;

/// <summary>The operations on API keys (specification, section 10).</summary>
public sealed class KeyTests(ApiServer server) : AccountTest(server)
{
    private const string Keys = TestRoutes.Keys;

    public static TheoryData<string, string> InvalidBodies { get; } = new()
    {
        { "{}", "name: is required" },
        { """{"name":null}""", "name: is required" },
        { """{"name":7}""", "name: must be a string, but is a number." },
        { """{"name":" "}""", "name: must have 1 to 100 characters" },
        { """{"name":"a\nb"}""", "name: must have 1 to 100 characters" },
        { """{"name":"\ud800"}""", "name: must not contain U+0000 or an unpaired surrogate." },
        { """{"name":"a","scope":"root"}""", "scope: must be one of read, write, admin, but is 'root'." },
        { """{"name":"a","scope":"Admin"}""", "scope: must be one of read, write, admin, but is 'Admin'." },
        { """{"name":"a","policy":[]}""", "policy: must be a filter" },
        { """{"name":"a","policy":{"nothing":1}}""", "policy.nothing: unknown field 'nothing'" },
        { """{"name":"a","scope":"admin","policy":{"rating":4}}""", "policy: must be null for the scope admin" },
        { """{"name":"a","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt: must be in the future" },
        { """{"name":"a","expiresAt":"tomorrow"}""", "expiresAt: must be an RFC 3339 date-time" },
        { """{"name":"a","secret":"icr_x"}""", "secret: is not a member of this body." },
        { """{"name":"a","accountId":1}""", "accountId: is not a member of this body." },
    };

    [Fact]
    public async Task A_key_can_be_created_used_changed_and_revoked()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var created = await CreateAsync(admin, """{"name":"amy","policy":{"assignee":{"$me":true}},"expiresAt":"2035-01-01T00:00:00Z"}""");
        Assert.Equal(
            ["id", "name", "scope", "policy", "prefix", "createdAt", "expiresAt", "lastUsedAt", "revokedAt", "previousSecretExpiresAt",
                "secret"],
            created.Select(member => member.Key));
        Assert.Equal("write", (string?)created["scope"]);
        Assert.Equal("""{"assignee":{"$me":true}}""", created["policy"]!.ToJsonString());
        Assert.Equal("2035-01-01T00:00:00Z", (string?)created["expiresAt"]);
        var (id, secret) = (created.Id(), (string)created["secret"]!);
        Assert.StartsWith((string)created["prefix"]!, secret, StringComparison.Ordinal);

        using var client = Server.CreateClient(secret);
        await Client.CreateIdAsync("B-1");
        await client.CreateAsync(Http.Batch("B-2", "\"assignee\":\"amy\""));
        Assert.Equal("B-2", (string?)Assert.Single(await client.ListAsync(Http.Batches))!["batchCode"]);

        var one = await admin.GetJsonAsync($"{Keys}/{id}");
        Assert.False(one.ContainsKey("secret"));
        Assert.Contains(id, (await admin.ListAsync(Keys)).Select(key => key!.Id()));

        var changed = await admin.SendAsync("PATCH", $"{Keys}/{id}", """{"name":"ben","expiresAt":null}""").JsonAsync();
        Assert.Equal("ben", (string?)changed["name"]);
        Assert.Null(changed["expiresAt"]);
        Assert.Empty(await client.ListAsync(Http.Batches));
        Assert.Equal(changed.ToJsonString(), (await admin.SendAsync("PATCH", $"{Keys}/{id}", "{}").JsonAsync()).ToJsonString());

        await admin.SendAsync("DELETE", $"{Keys}/{id}").EmptyAsync();
        await admin.SendAsync("DELETE", $"{Keys}/{id}").EmptyAsync();
        await client.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        Assert.NotNull((await admin.GetJsonAsync($"{Keys}/{id}"))["revokedAt"]);
        await admin.SendAsync("PATCH", $"{Keys}/{id}", """{"name":"cleo"}""").ProblemAsync(HttpStatusCode.Conflict, "key_revoked");
        await admin.SendAsync("POST", $"{Keys}/{id}/rotate").ProblemAsync(HttpStatusCode.Conflict, "key_revoked");
    }

    [Theory]
    [MemberData(nameof(InvalidBodies))]
    public async Task Invalid_bodies_are_rejected(string body, string error)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var errors = await admin.SendAsync("POST", Keys, body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"scope":"admin"}""")]
    [InlineData("""{"policy":null}""")]
    [InlineData("""{"name":null}""")]
    [InlineData("""{"expiresAt":"2020-01-01"}""")]
    public async Task A_key_keeps_its_scope_and_policy(string body)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var id = (await CreateAsync(admin, """{"name":"a","policy":{"rating":4}}""")).Id();
        await admin.SendAsync("PATCH", $"{Keys}/{id}", body).ValidationErrorsAsync("invalid_body");
    }

    [Fact]
    public async Task Both_secrets_work_during_the_overlap_of_a_rotation()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var created = await CreateAsync(admin, """{"name":"a"}""");
        var address = $"{Keys}/{created.Id()}/rotate";
        using var first = Server.CreateClient((string)created["secret"]!);
        await first.ListAsync(Http.Batches);

        var rotated = await admin.SendAsync("POST", address).JsonAsync();
        Assert.Equal(created.Id(), rotated.Id());
        Assert.NotNull(rotated["previousSecretExpiresAt"]);
        using var second = Server.CreateClient((string)rotated["secret"]!);
        Assert.Equal(created.Id(), (await first.GetJsonAsync($"{Keys}/me")).Id());
        Assert.Equal((string?)rotated["previousSecretExpiresAt"], (string?)(await first.GetJsonAsync($"{Keys}/me"))["expiresAt"]);
        Assert.Equal(created.Id(), (await second.GetJsonAsync($"{Keys}/me")).Id());

        using var third = Server.CreateClient(
            (string)(await admin.SendAsync("POST", address, """{"overlap":"1s"}""").JsonAsync())["secret"]!);
        await first.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        await third.ListAsync(Http.Batches);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        await second.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");

        var last = await admin.SendAsync("POST", address, """{"overlap":"0s"}""").JsonAsync();
        Assert.Null(last["previousSecretExpiresAt"]);
        await third.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        using var fourth = Server.CreateClient((string)last["secret"]!);
        await fourth.ListAsync(Http.Batches);
    }

    [Theory]
    [InlineData("31d")]
    [InlineData("-1s")]
    [InlineData("")]
    [InlineData("24")]
    public async Task Invalid_overlaps_are_rejected(string overlap)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var id = (await CreateAsync(admin, """{"name":"a"}""")).Id();
        var errors = await admin.SendAsync("POST", $"{Keys}/{id}/rotate", new JsonObject { ["overlap"] = overlap }.ToJsonString())
            .ValidationErrorsAsync("invalid_body");
        Assert.StartsWith("overlap: must be a number and a unit", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_key_cannot_be_rotated()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (id, _) = await Server.CreateKeyAsync(account: Account, expiresIn: TimeSpan.FromTicks(10));
        await admin.SendAsync("POST", $"{Keys}/{id}/rotate").ProblemAsync(HttpStatusCode.Conflict, "key_expired");
        await admin.SendAsync("PATCH", $"{Keys}/{id}", """{"expiresAt":null}""").JsonAsync();
        await admin.SendAsync("POST", $"{Keys}/{id}/rotate").JsonAsync();
    }

    [Fact]
    public async Task The_secret_before_a_rotation_expires_with_the_key()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (id, _) = await Server.CreateKeyAsync(account: Account, expiresIn: TimeSpan.FromHours(1));
        var rotated = await admin.SendAsync("POST", $"{Keys}/{id}/rotate").JsonAsync();
        Assert.Equal((string?)rotated["expiresAt"], (string?)rotated["previousSecretExpiresAt"]);
        var changed = await admin.SendAsync("PATCH", $"{Keys}/{id}", """{"expiresAt":null}""").JsonAsync();
        Assert.InRange(
            changed["previousSecretExpiresAt"]!.GetValue<DateTime>(), DateTime.UtcNow.AddHours(23), DateTime.UtcNow.AddHours(24));
    }

    [Fact]
    public async Task An_account_has_a_maximum_of_active_keys()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (expired, _) = await Server.CreateKeyAsync(account: Account, expiresIn: TimeSpan.FromTicks(10));
        var (revoked, _) = await Server.CreateKeyAsync(account: Account);
        await admin.SendAsync("DELETE", $"{Keys}/{revoked}").EmptyAsync();

        // With the two clients there are 999.
        await AddAsync(Server.ConnectionString, await Server.AccountIdAsync(Account), ApiKeyStore.MaxActive - 3);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var response = await admin.SendAsync("POST", Keys, """{"name":"a"}""");
            return response.StatusCode;
        }));
        Assert.Equal(
            [HttpStatusCode.Created, HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.Conflict], statuses.Order());
        await admin.SendAsync("POST", Keys, """{"name":"a"}""").ProblemAsync(HttpStatusCode.Conflict, "too_many_keys");
        await admin.SendAsync("PATCH", $"{Keys}/{expired}", """{"expiresAt":null}""")
            .ProblemAsync(HttpStatusCode.Conflict, "too_many_keys");
        await admin.SendAsync("PATCH", $"{Keys}/{expired}", """{"name":"b"}""").JsonAsync();

        var id = (await admin.ListAsync($"{Keys}?limit=1")).Single()!.Id();
        await admin.SendAsync("DELETE", $"{Keys}/{id}").EmptyAsync();
        await admin.SendAsync("PATCH", $"{Keys}/{expired}", """{"expiresAt":null}""").JsonAsync();
        await admin.SendAsync("POST", Keys, """{"name":"a"}""").ProblemAsync(HttpStatusCode.Conflict, "too_many_keys");
    }

    [Fact]
    public async Task Pages_of_keys_follow_each_other()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        for (var i = 0; i < 7; i++)
            await CreateAsync(admin, $$"""{"name":"key {{i}}"}""");
        var all = (await admin.ListAsync(Keys)).Select(key => key!.Id()).ToList();
        Assert.Equal(all.OrderDescending(), all);
        var (paged, cursor) = (new List<string>(), "");
        do
        {
            var page = await admin.GetJsonAsync($"{Keys}?limit=2{cursor}");
            paged.AddRange(page["data"]!.AsArray().Select(key => key!.Id()));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(all, paged);
        await admin.SendAsync("GET", $"{Keys}?cursor=x").ValidationErrorsAsync("invalid_parameter");
    }

    [Fact]
    public async Task The_keys_of_other_accounts_and_access_tokens_do_not_exist()
    {
        var (_, token) = await Server.SignInAsync(account: Account);
        using var user = Server.CreateClient(token);
        var tokenId = (await user.GetJsonAsync($"{Keys}/me")).Id();
        var (keyId, _) = await Server.CreateKeyAsync(account: Account);
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var other = await Server.CreateClientAsync("admin");
        foreach (var (client, id) in new[] { (admin, tokenId), (other, keyId), (other, "unknown") })
        {
            foreach (var (method, path, body) in new (string, string, string?)[]
                { ("GET", "", null), ("PATCH", "", """{"name":"x"}"""), ("POST", "/rotate", null), ("DELETE", "", null) })
            {
                await client.SendAsync(method, $"{Keys}/{id}{path}", body).ProblemAsync(HttpStatusCode.NotFound, "key_not_found");
            }
        }
        Assert.DoesNotContain(tokenId, (await admin.ListAsync(Keys)).Select(key => key!.Id()));
        Assert.DoesNotContain(keyId, (await other.ListAsync(Keys)).Select(key => key!.Id()));
    }

    private static async Task AddAsync(string database, int accountId, int count)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            $"""
            INSERT INTO api_keys (id, account_id, name, prefix, hash, scope, created_at)
            SELECT left(md5(i || 'key {accountId}'), 24), {accountId}, 'test', 'icr_', sha256((i || ' {accountId}')::bytea), 'read', now()
            FROM generate_series(1, {count}) AS i
            """);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static Task<JsonObject> CreateAsync(HttpClient admin, string body) =>
        admin.SendAsync("POST", Keys, body).JsonAsync(HttpStatusCode.Created);
}
