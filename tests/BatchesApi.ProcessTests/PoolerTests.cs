using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>PgBouncer between the server and PostgreSQL.</summary>
public sealed class PoolerTests(Databases databases) : ImportExportTest(databases)
{
    private const int Clients = 30;

    /// <summary>The last request of each client deletes a batch, which purge removes.</summary>
    private const int RequestsPerClient = (12 * PoolerClient.Steps) + 8;

    private const string Batches = PoolerClient.Batches;
    private const string Email = "amy@example.com";
    private const string Password = "correct horse battery staple";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_transaction_mode_everything_works_and_no_session_keeps_changes()
    {
        await using var bouncer = await StartAsync("transaction");
        (string, string?)[] settings = [("ConnectionStrings__Batches", bouncer.ConnectionString), ("Database__Pooler", "transaction"),
            ("RateLimits__Enabled", "false")];
        async Task<string> RunAsync(string? input, params string[] arguments)
        {
            var (exitCode, output, errors) = await BatchesProcess.RunAsync(settings, input, arguments);
            Assert.True(exitCode == 0, errors);
            return output;
        }

        await RunAsync(null, "migrate");
        var key = await RunAsync(null, "accounts", "create", "--name", "pooled", "--with-key", "first");
        await RunAsync($"{Password}\n", "users", "create", "--account", "pooled", "--email", Email);
        Assert.Equal(
            "50",
            await RunAsync(null, "import", "--account", "pooled", "--continue", Write("new.ndjson", Enumerable.Range(0, 50).Select(Line))));
        Assert.Equal(50, (await RunAsync(null, "export", "--account", "pooled")).Split('\n').Length);

        await using (var one = await BatchesProcess.ServeAsync(settings))
        await using (var other = await BatchesProcess.ServeAsync(settings))
        {
            using var ofOne = one.CreateClient(key);
            using var ofOther = other.CreateClient(key);
            foreach (var client in (HttpClient[])[ofOne, ofOther])
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
            var problems = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i =>
                new PoolerClient(i % 2 == 0 ? ofOne : ofOther, i).RunAsync(RequestsPerClient, Email, Password)));
            Assert.Empty(problems.SelectMany(problem => problem));

            // A change by one server ends the wait at the other one, without notifications.
            var now = JsonNode.Parse(await ofOther.GetStringAsync($"{Batches}/changes", Cancellation))!["nextCursor"];
            var waiting = ofOther.GetStringAsync($"{Batches}/changes?since={now}&wait=30", Cancellation);
            using var body = new StringContent("""{"batchCode":"awaited","batchType":"pooled"}""", null, "application/json");
            using var created = await ofOne.PostAsync(Batches, body, Cancellation);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            Assert.Contains("awaited", await waiting, StringComparison.Ordinal);
            Assert.DoesNotContain("The background service", one.Output + other.Output, StringComparison.Ordinal);
        }

        // The last request of each client deletes a batch.
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        Assert.NotEqual("0", await RunAsync(null, "purge", "--older-than", "1s"));
        Assert.Empty(await bouncer.ChangedSettingsAsync());
    }

    [Theory]
    [InlineData("transaction")]
    [InlineData("statement")]
    public async Task Behind_a_pooler_without_the_setting_the_server_is_not_ready(string mode)
    {
        await using var bouncer = await StartAsync(mode);
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", bouncer.ConnectionString));
        using var client = server.CreateClient("icr_unknown");
        (string Method, string Path)[] refused =
            [("GET", "/health/ready"), ("GET", Batches), ("POST", Batches), ("POST", "/api/v2/signin"), ("GET", "/api/v2/keys/me")];
        foreach (var (method, path) in refused)
        {
            using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
            Assert.Equal("not_ready", (string)problem["code"]!);
            Assert.Equal(
                "The database is behind a pooler in transaction mode. Set Database__Pooler=transaction.", (string)problem["detail"]!);
        }
        foreach (var path in (string[])["/health/live", "/swagger/v2/swagger.json"])
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path, Cancellation)).StatusCode);

        await Task.Delay(TimeSpan.FromSeconds(2.5), Cancellation);
        Assert.Single(server.Output.Split('\n'), line => line.Contains("behind a pooler", StringComparison.Ordinal));
        await CommandLine.FailsAsync(1, "Database__Pooler=transaction", bouncer.ConnectionString, "accounts", "list");
        if (mode == "transaction")
            Assert.Empty(await bouncer.ChangedSettingsAsync());
    }

    [Fact]
    public async Task A_pooler_in_session_mode_needs_no_setting()
    {
        await using var bouncer = await StartAsync("session");
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", $"{bouncer.ConnectionString};Maximum Pool Size=6"));
        using var client = server.CreateClient("icr_unknown");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(Batches, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task With_the_setting_but_without_a_pooler_the_server_works()
    {
        await PrepareAsync();
        (string, string?)[] settings =
            [("ConnectionStrings__Batches", Database), ("Database__Pooler", "transaction"), ("RateLimits__Enabled", "false")];
        var (_, key, _) = await BatchesProcess.RunAsync(settings, null, "keys", "create", "--account", "acme", "--name", "first");
        await BatchesProcess.RunAsync(settings, $"{Password}\n", "users", "create", "--account", "acme", "--email", Email);
        await using var server = await BatchesProcess.ServeAsync(settings);
        using var client = server.CreateClient(key);
        Assert.Empty(await new PoolerClient(client, 0).RunAsync(6 * PoolerClient.Steps, Email, Password));
    }

    /// <summary>Behind a pooler the server cannot change <c>standard_conforming_strings</c> of its sessions.</summary>
    [Fact]
    public async Task A_database_without_standard_conforming_strings_is_rejected_behind_a_pooler()
    {
        await PrepareAsync();
        await ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(Database).Database} SET standard_conforming_strings = off");
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", Database), ("Database__Pooler", "transaction"));
        using var client = server.CreateClient("icr_unknown");
        using var ready = await client.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains(
            "SET standard_conforming_strings = on;", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_without_standard_conforming_strings_works_without_a_pooler()
    {
        await PrepareAsync();
        await ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(Database).Database} SET standard_conforming_strings = off");
        (string, string?)[] settings = [("ConnectionStrings__Batches", Database), ("RateLimits__Enabled", "false")];
        var (_, key, errors) = await BatchesProcess.RunAsync(settings, null, "keys", "create", "--account", "acme", "--name", "first");
        Assert.True(key.Length > 0, errors);
        await BatchesProcess.RunAsync(settings, $"{Password}\n", "users", "create", "--account", "acme", "--email", Email);
        Assert.Equal((0, "3"), await ResultAsync("import", "--account", "acme", Write("new.ndjson", Enumerable.Range(0, 3).Select(Line))));
        await using var server = await BatchesProcess.ServeAsync(settings);
        using var client = server.CreateClient(key);
        Assert.Empty(await new PoolerClient(client, 0).RunAsync(6 * PoolerClient.Steps, Email, Password));
    }

    private async Task<PgBouncer> StartAsync(string mode)
    {
        Assert.SkipUnless(PgBouncer.IsInstalled, "This test needs pgbouncer.");
        await PrepareAsync();
        return await PgBouncer.StartAsync(Database, mode);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create($"{Database};Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
