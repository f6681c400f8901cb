using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.ApiTests.Safety;
using Npgsql;

namespace BatchesApi.ApiTests.Administration;

/// <summary>The operations on users (specification, section 10).</summary>
public sealed class UserTests(ApiServer server) : AccountTest(server)
{
    private const string Users = TestRoutes.Users;
    private const string OwnPassword = $"{Users}/me/password";
    private const string Other = "another correct horse";

    [Fact]
    public async Task A_user_can_be_created_changed_and_disabled()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var email = $"Amy.{Guid.NewGuid():N}@example.com";
        var body = new JsonObject
        {
            ["email"] = email,
            ["password"] = ApiServer.Password,
            ["policy"] = new JsonObject { ["assignee"] = new JsonObject { ["$me"] = true } },
        }.ToJsonString();
        var created = await admin.SendAsync("POST", Users, body).JsonAsync(HttpStatusCode.Created);
        Assert.Equal(["id", "email", "scope", "policy", "disabled", "disabledAt", "createdAt"], created.Select(member => member.Key));
        Assert.Equal(email.ToLowerInvariant(), (string?)created["email"]);
        Assert.DoesNotContain(ApiServer.Password, created.ToJsonString(), StringComparison.Ordinal);
        await admin.SendAsync("POST", Users, body).ProblemAsync(HttpStatusCode.Conflict, "email_taken");

        // The policy holds for tokens, also after a change.
        using var user = await SignInAsync(email, ApiServer.Password);
        await Client.CreateIdAsync("B-1");
        await Client.CreateAsync(Http.Batch("B-2", $"\"assignee\":\"{email.ToLowerInvariant()}\""));
        Assert.Single(await user.ListAsync(Http.Batches));
        var address = $"{Users}/{created.Id()}";
        await admin.SendAsync("PATCH", address, """{"scope":"admin"}""").ValidationErrorsAsync("invalid_body");
        await admin.SendAsync("PATCH", address, """{"scope":"read","policy":null}""").JsonAsync();
        Assert.Equal(2, (await user.ListAsync(Http.Batches)).Count);
        await user.SendAsync("POST", Http.Batches, Http.Batch("B-3")).ProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");
        await admin.SendAsync("PATCH", address, """{"scope":"admin"}""").JsonAsync();
        Assert.Contains(created.Id(), (await user.ListAsync(Users)).Select(entry => entry!.Id()));
        await admin.SendAsync("PATCH", address, """{"policy":{"rating":4}}""").ValidationErrorsAsync("invalid_body");

        Assert.True((bool)(await admin.SendAsync("PATCH", address, """{"disabled":true}""").JsonAsync())["disabled"]!);
        await user.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        await TrySignInAsync(email, ApiServer.Password).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");

        // Tokens from before stay invalid.
        Assert.Null((await admin.SendAsync("PATCH", address, """{"disabled":false}""").JsonAsync())["disabledAt"]);
        await user.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        using var again = await SignInAsync(email, ApiServer.Password);

        await admin.SendAsync("PATCH", address, $$"""{"password":"{{Other}}"}""").JsonAsync();
        await again.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        await TrySignInAsync(email, ApiServer.Password).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
        using var last = await SignInAsync(email, Other);
    }

    [Theory]
    [InlineData("""{"password":"correct horse"}""", "email: is required")]
    [InlineData("""{"email":"amy@example.com"}""", "password: is required")]
    [InlineData("""{"email":"amy","password":"correct horse"}""", "email: must be an e-mail address")]
    [InlineData("""{"email":"amy@example.com","password":"short"}""", "password: must have 8 to 256 characters, but has 5.")]
    [InlineData("""{"email":"amy@example.com","password":"correct horse","scope":"admin","policy":{}}""", "policy: must be null")]
    [InlineData("""{"email":"amy@example.com","password":"correct horse","disabled":true}""", "disabled: is not a member")]
    public async Task Invalid_bodies_are_rejected(string body, string error)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var errors = await admin.SendAsync("POST", Users, body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"scope":"root"}""", "scope: must be one of read, write, admin, but is 'root'.")]
    [InlineData("""{"scope":null}""", "scope: must be one of read, write, admin, but is null.")]
    [InlineData("""{"policy":7}""", "policy: must be a filter")]
    [InlineData("""{"policy":{"nothing":1}}""", "policy.nothing: unknown field 'nothing'")]
    [InlineData("""{"scope":"admin","policy":{"rating":4}}""", "policy: must be null for the scope admin")]
    [InlineData("""{"scope":"admin"}""", "scope: cannot be admin for a user with a policy. Change both in one request.")]
    [InlineData("""{"password":"short"}""", "password: must have 8 to 256 characters, but has 5.")]
    [InlineData("""{"password":null}""", "password: must be a string, but is null.")]
    [InlineData("""{"disabled":"true"}""", "disabled: must be true or false, but is a string.")]
    [InlineData("""{"disabled":null}""", "disabled: must be true or false, but is null.")]
    [InlineData("""{"email":"ben@example.com"}""", "email: is not a member of this body.")]
    public async Task Invalid_changes_are_rejected(string body, string error)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        await Server.SignInAsync(account: Account, policy: """{"rating":4}""");
        var address = $"{Users}/{Assert.Single(await admin.ListAsync(Users))!.Id()}";
        var before = (await admin.GetJsonAsync(address)).ToJsonString();
        var errors = await admin.SendAsync("PATCH", address, body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal(before, (await admin.GetJsonAsync(address)).ToJsonString());
    }

    [Fact]
    public async Task An_account_has_a_maximum_of_enabled_users()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        await Server.SignInAsync(account: Account);
        var disabled = Assert.Single(await admin.ListAsync(Users))!.Id();
        await admin.SendAsync("PATCH", $"{Users}/{disabled}", """{"disabled":true}""").JsonAsync();
        await ExecuteAsync(
            $"""
            INSERT INTO users (id, account_id, email, password_hash, scope, created_at)
            SELECT left(md5(i || 'user'), 24), a.id, i || '@{Account}', '', 'read', now()
            FROM generate_series(1, {UserStore.MaxEnabled - 1}) AS i, accounts AS a WHERE a.name = '{Account}'
            """);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 2).Select(async i =>
        {
            using var response = await admin.SendAsync(
                "POST", Users, $$"""{"email":"{{i}}.{{Guid.NewGuid():N}}@example.com","password":"{{ApiServer.Password}}"}""");
            return response.StatusCode;
        }));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], statuses.Order());
        await admin.SendAsync("PATCH", $"{Users}/{disabled}", """{"disabled":false}""")
            .ProblemAsync(HttpStatusCode.Conflict, "too_many_users");
        var newest = (await admin.ListAsync($"{Users}?limit=1")).Single()!.Id();
        await admin.SendAsync("PATCH", $"{Users}/{newest}", """{"disabled":true}""").JsonAsync();
        await admin.SendAsync("PATCH", $"{Users}/{disabled}", """{"disabled":false}""").JsonAsync();
    }

    [Theory]
    [InlineData("UPDATE api_keys SET revoked_at = now() WHERE user_id = ")]
    [InlineData("UPDATE api_keys SET expires_at = now() WHERE user_id = ")]
    [InlineData("UPDATE users SET disabled_at = now() WHERE id = ")]
    public async Task Passwords_do_not_change_with_a_token_that_has_just_ended(string end)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (_, token) = await Server.SignInAsync(account: Account);
        using var user = Server.CreateClient(token);
        user.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.78");

        // The server has cached the token, and does not know that it has ended.
        await user.ListAsync(Http.Batches);
        await ExecuteAsync($"{end} '{Assert.Single(await admin.ListAsync(Users))!.Id()}'");

        // They are not failed sign-ins, of which a minute can have ten.
        for (var i = 0; i < 12; i++)
            await ChangeAsync(user, ApiServer.Password, Other).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Invalid_bodies_do_not_count_as_hashed_passwords()
    {
        await using var limited = await ApiServer.StartAsync(
            Server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Intensive:PerMinute", "1"));
        var (email, token) = await Server.SignInAsync("admin", Account);
        using var user = ApiServer.CreateClient(new Uri(limited.Urls.First()), token);
        var address = $"{Users}/{Assert.Single(await user.ListAsync(Users))!.Id()}";
        foreach (var (method, path) in new[] { ("POST", Users), ("PATCH", address), ("POST", OwnPassword) })
            await user.SendAsync(method, path, """{"password":"short"}""").ValidationErrorsAsync("invalid_body");
        await user.SendAsync("POST", Users, $$"""{"email":"new.{{email}}","password":"{{Other}}"}""").JsonAsync(HttpStatusCode.Created);
        await user.SendAsync("PATCH", address, $$"""{"password":"{{Other}}"}""")
            .ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        await ChangeAsync(user, ApiServer.Password, Other).ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Users_change_their_own_password_and_keep_only_the_token_of_the_request()
    {
        var (email, _) = await Server.SignInAsync("read", Account, """{"rating":4}""");
        using var one = await SignInAsync(email, ApiServer.Password);
        using var two = await SignInAsync(email, ApiServer.Password);
        await two.ListAsync(Http.Batches);
        Assert.StartsWith(
            "currentPassword: ",
            Assert.Single(await ChangeAsync(one, "wrong", Other).ValidationErrorsAsync("invalid_body")),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "newPassword: ",
            Assert.Single(await ChangeAsync(one, ApiServer.Password, "short").ValidationErrorsAsync("invalid_body")),
            StringComparison.Ordinal);
        await two.ListAsync(Http.Batches);

        await ChangeAsync(one, ApiServer.Password, Other).EmptyAsync();
        await one.ListAsync(Http.Batches);
        await two.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
        await TrySignInAsync(email, ApiServer.Password).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
        using var three = await SignInAsync(email, Other);
        await ChangeAsync(Client, ApiServer.Password, Other).ProblemAsync(HttpStatusCode.Forbidden, "access_token_required");
    }

    [Fact]
    public async Task Wrong_current_passwords_are_limited_like_sign_ins()
    {
        var (_, token) = await Server.SignInAsync(account: Account);
        using var user = Server.CreateClient(token);
        user.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.77");
        for (var i = 0; i < 10; i++)
            await ChangeAsync(user, "wrong", Other).ProblemAsync(HttpStatusCode.BadRequest, "invalid_body");
        await ChangeAsync(user, ApiServer.Password, Other).ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Users_of_other_accounts_do_not_exist()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (email, _) = await Server.SignInAsync();
        using var other = await Server.CreateClientAsync("admin");
        await Server.SignInAsync(account: Account);
        var id = Assert.Single(await admin.ListAsync(Users))!.Id();
        Assert.Empty(await other.ListAsync(Users));
        await other.SendAsync("GET", $"{Users}/{id}").ProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        await other.SendAsync("PATCH", $"{Users}/{id}", $$"""{"password":"{{Other}}"}""")
            .ProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        var taken = $$"""{"email":"{{email}}","password":"{{Other}}"}""";
        await admin.SendAsync("POST", Users, taken).ProblemAsync(HttpStatusCode.Conflict, "email_taken");
    }

    [Fact]
    public async Task The_history_has_who_changed_which_keys_and_users_without_their_secrets()
    {
        const string History = "/api/v2/history?kind=access";
        var (adminId, secret) = await Server.CreateKeyAsync("admin", Account, name: "boss");
        using var admin = Server.CreateClient(secret);
        var email = $"{Guid.NewGuid():N}@example.com";
        var key = await admin.SendAsync("POST", TestRoutes.Keys, """{"name":"sync"}""").JsonAsync(HttpStatusCode.Created);
        await admin.SendAsync("PATCH", $"{TestRoutes.Keys}/{key.Id()}", """{"name":"sync 2"}""").JsonAsync();
        await admin.SendAsync("PATCH", $"{TestRoutes.Keys}/{key.Id()}", """{"name":"sync 2"}""").JsonAsync();
        var rotated = await admin.SendAsync("POST", $"{TestRoutes.Keys}/{key.Id()}/rotate").JsonAsync();
        await admin.SendAsync("DELETE", $"{TestRoutes.Keys}/{key.Id()}").EmptyAsync();
        var body = $$"""{"email":"{{email}}","password":"{{ApiServer.Password}}","policy":{"rating":4} }""";
        var user = await admin.SendAsync("POST", Users, body).JsonAsync(HttpStatusCode.Created);
        await admin.SendAsync("PATCH", $"{Users}/{user.Id()}", """{"scope":"read","policy":null}""").JsonAsync();
        using var client = await SignInAsync(email, ApiServer.Password);
        await ChangeAsync(client, ApiServer.Password, Other).EmptyAsync();

        var entries = await admin.ListAsync(History);
        Assert.Equal(
            [
                $"{email} update user {email}: password", $"boss update user {email}: scope policy",
                $"boss create user {email}: email scope policy", "boss revoke key sync 2: revokedAt",
                "boss rotate key sync 2: prefix previousSecretExpiresAt", "boss update key sync 2: name",
                "boss create key sync: name scope prefix",
            ],
            entries.Select(Describe).Where(text => !text.StartsWith("test", StringComparison.Ordinal)));
        Assert.Equal("""{"old":"write","new":"read"}""", entries[1]!["changes"]!["scope"]!.ToJsonString());
        Assert.Equal("""{"old":{"rating":4},"new":null}""", entries[1]!["changes"]!["policy"]!.ToJsonString());
        Assert.Equal("""{"old":null,"new":null}""", entries[0]!["changes"]!["password"]!.ToJsonString());
        var text = entries.ToJsonString();
        Assert.All(
            (string[])[(string)key["secret"]!, (string)rotated["secret"]!, secret, ApiServer.Password, Other],
            hidden => Assert.DoesNotContain(hidden, text, StringComparison.Ordinal));

        Assert.Equal(6, (await admin.ListAsync($"{History}&by={adminId}")).Count);
        Assert.Single(await admin.ListAsync($"{History}&by={user.Id()}"));
        Assert.Equal(2, (await admin.ListAsync($"{History}&action=rotate,revoke")).Count);
        Assert.Empty(await admin.ListAsync($"{History}&to=2020-01-01"));
        await admin.SendAsync("GET", $"{History}&action=delete").ValidationErrorsAsync("invalid_parameter");
        await Client.SendAsync("GET", History).ProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");
        Assert.Empty(await Client.ListAsync("/api/v2/history?kind=batches"));

        var (paged, cursor) = (new List<string>(), "");
        do
        {
            var page = await admin.GetJsonAsync($"{History}&limit=2{cursor}");
            paged.AddRange(page["data"]!.AsArray().Select(entry => entry!.ToJsonString()));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(entries.Select(entry => entry!.ToJsonString()), paged);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static string Describe(JsonNode? entry) =>
        $"{entry!["by"]!["name"]} {entry["action"]} {entry["subject"]!["kind"]} {entry["subject"]!["name"]}: "
        + string.Join(' ', entry["changes"]!.AsObject().Select(member => member.Key));

    private static Task<HttpResponseMessage> ChangeAsync(HttpClient user, string current, string password) =>
        user.SendAsync("POST", OwnPassword, $$"""{"currentPassword":"{{current}}","newPassword":"{{password}}"}""");

    private async Task<HttpResponseMessage> TrySignInAsync(string email, string password)
    {
        using var client = Server.CreateAnonymousClient();
        return await client.SendAsync("POST", "/api/v2/signin", $$"""{"email":"{{email}}","password":"{{password}}"}""");
    }

    private async Task<HttpClient> SignInAsync(string email, string password) =>
        Server.CreateClient((string)(await TrySignInAsync(email, password).JsonAsync())["accessToken"]!);
}
