using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Backs up and restores a database by the commands in <c>docs/operating.md</c>.</summary>
public sealed class BackupTests
{
    private const string Batches = "/api/v2/batches";
    private const string Email = "amy@example.com";
    private const string Password = "correct horse";

    /// <summary>Returns what is wrong with a database, or nothing.</summary>
    private const string FindInconsistency =
        """
        SELECT coalesce(string_agg(f.text, E'\n'), '') FROM (
            SELECT format('%s has version %s, but changes up to %s', b.batch_code, b.version, c.versions) AS text
            FROM batches AS b LEFT JOIN LATERAL (
                SELECT array_agg(c.version ORDER BY c.version) AS versions FROM batch_changes AS c
                WHERE c.account_id = b.account_id AND c.batch_id = b.id) AS c ON true
            WHERE c.versions IS DISTINCT FROM ARRAY(SELECT generate_series(1, b.version))
            UNION ALL SELECT format('%s is not searched as it is', b.batch_code) FROM batches AS b
            WHERE 2 <> (
                SELECT count(*) FROM batch_search AS s WHERE s.account_id = b.account_id AND s.batch_id = b.id
                AND s.text = CASE s.part WHEN 1 THEN b.search_short ELSE b.search_long END
                AND s.lead_ids IS NOT DISTINCT FROM CASE s.part WHEN 2 THEN b.lead_ids END)
            UNION ALL SELECT format('change of %s without a batch', c.batch_id) FROM batch_changes AS c
            WHERE NOT EXISTS (SELECT FROM batches AS b WHERE b.account_id = c.account_id AND b.id = c.batch_id)
            UNION ALL SELECT format('idempotency key %s without a response', i.key) FROM idempotency_keys AS i WHERE i.status IS NULL
        ) AS f
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_under_load_has_every_acknowledged_write_and_no_half_one()
    {
        var hosts = await Task.WhenAll(PostgresHost.StartAsync(), PostgresHost.StartAsync());
        await using var original = hosts[0];
        await using var copy = hosts[1];
        await using var receiver = await WebhookReceiver.StartAsync();

        // The guide has the restored roles created beforehand, also those that only have privileges.
        foreach (var host in hosts)
            await host.Node.QueryAsync("CREATE ROLE reports");
        var keyFolder = Directory.CreateDirectory(Path.Combine(original.Folder, "keys")).FullName;
        BackupLoad.Moment before, began;
        JsonNode leased, webhook;
        const string Changes = $"{Batches}/changes?since=";
        string cursor;
        Dictionary<string, string> keys;
        await using (var server = await ServeAsync(original, keyFolder))
        {
            keys = await CreateCredentialsAsync(original);
            await QueryAsync(original, "GRANT SELECT ON batches TO reports");
            using var acme = server.CreateClient(keys["acme"]);
            using var other = server.CreateClient(keys["other"]);
            using var admin = server.CreateClient(keys["admin"]);
            keys["user"] = (string)(await SendAsync(acme, "POST", "/api/v2/signin", Credentials))["accessToken"]!;
            await SendAsync(acme, "POST", Batches, """{"batchCode":"leased","batchType":"writer of leases"}""");
            leased = (await SendAsync(acme, "POST", $"{Batches}/claim", """{"for":"1h"}"""))["data"]![0]!;
            webhook = await SendAsync(admin, "POST", "/api/v2/webhooks", $$"""{"url":"{{receiver.Address}}"}""");
            await using var load = BackupLoad.Start(acme, acme, acme, other, other);
            await load.WaitForAsync(100);
            await receiver.WaitAsync(arrivals => arrivals.Count > 0);
            receiver.Status = HttpStatusCode.InternalServerError;
            await receiver.WaitAsync(arrivals => arrivals.Any(arrival => !arrival.IsAccepted));
            cursor = (string)(await SendAsync(acme, "GET", $"{Batches}/changes"))["nextCursor"]!;

            // The dump begins, and cannot continue until there were more writes, because it must read this table, too.
            await using (var connection = new NpgsqlConnection(original.Node.ConnectionString("batches")))
            {
                await connection.OpenAsync(Cancellation);
                await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                await using var wait = new NpgsqlCommand("LOCK TABLE webhook_deliveries IN ACCESS EXCLUSIVE MODE", connection, transaction);
                await wait.ExecuteNonQueryAsync(Cancellation);
                before = load.Now();
                var dump = original.RunAsync(OperatingPage.Blocks("Back up").Single());
                const string IsWaiting =
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock')";
                while (await QueryAsync(original, IsWaiting) is not true)
                    Assert.False(dump.IsCompleted);
                began = load.Now();
                await QueryAsync(original, "UPDATE api_keys SET revoked_at = now() WHERE name = 'lost'");
                await load.WaitForAsync(100);
                await transaction.CommitAsync(Cancellation);
                Assert.Equal("", await dump);
            }
            await load.StopAsync();
            Assert.True(load.Now().Acknowledged.Values.Sum() >= before.Acknowledged.Values.Sum() + 100);
            await AssertProblemAsync(server, keys["lost"], "GET", Batches, HttpStatusCode.Unauthorized, "invalid_token");

            await RestoreAsync(original, copy);
            await CheckRowsAsync(copy, before, began, load.Changes);
        }
        var schemas = await Task.WhenAll(DumpSchemaAsync(original), DumpSchemaAsync(copy));
        Assert.Equal(schemas[0], schemas[1]);

        receiver.Status = HttpStatusCode.NoContent;
        await using (var server = await ServeAsync(copy, keyFolder))
        {
            // A former server does not hold the lease of the webhook, nor do failures delay it.
            await QueryAsync(copy, "UPDATE webhooks SET sender_until = NULL");
            await QueryAsync(copy, "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE next_attempt_at > now()");
            await AssertProblemAsync(server, keys["revoked"], "GET", Batches, HttpStatusCode.Unauthorized, "invalid_token");
            await AssertProblemAsync(server, keys["acme"], "GET", Changes + cursor, HttpStatusCode.Gone, "cursor_expired");
            cursor = await CheckServerAsync(server, keys, before, leased);
            await CheckWebhookAsync(copy, receiver, (string)webhook["secret"]!);
        }

        // The guide has keys revoked without a server, webhooks disabled, and the database marked as one that goes back in time.
        var lost = (string)(await QueryAsync(copy, "SELECT id FROM api_keys WHERE name = 'lost'"))!;
        await CommandAsync(copy, "keys", "revoke", lost);
        await copy.RunAsync(OperatingPage.Blocks("Restore")[1]);
        await copy.RunAsync(OperatingPage.Blocks("Snapshots and recovery to a point in time").Single());
        await using (var server = await ServeAsync(copy, Directory.CreateDirectory(Path.Combine(copy.Folder, "other keys")).FullName))
        {
            await AssertProblemAsync(server, keys["acme"], "GET", Changes + cursor, HttpStatusCode.Gone, "cursor_expired");
            await AssertProblemAsync(server, keys["lost"], "GET", Batches, HttpStatusCode.Unauthorized, "invalid_token");
            await CheckLostSecretAsync(server, receiver, keys, $"/api/v2/webhooks/{webhook["id"]}");
        }
        Assert.Equal("", await QueryAsync(copy, FindInconsistency));
    }

    [Fact]
    public async Task The_commands_for_Docker_Compose_back_up_and_restore()
    {
        await using var host = await PostgresHost.StartAsync();

        // The role of the container is a superuser. The server does not run.
        await host.Node.QueryAsync("ALTER ROLE batches SUPERUSER");
        const string Docker =
            """docker() { if [ "$2" = exec ]; then shift 4; "$@"; else [ "$*" = "compose $2 server" ]; fi; }""" + "\n";
        await CommandAsync(host, "migrate");
        await CommandAsync(host, "accounts", "create", "--name", "kept");

        var blocks = OperatingPage.Blocks("Backup");
        await host.RunAsync(Docker + blocks[0]);
        await QueryAsync(host, "INSERT INTO accounts (name, created_at) VALUES ('lost', now())");
        await host.RunAsync(Docker + blocks[1]);
        await host.RunAsync(Docker + blocks[2]);

        Assert.Equal("kept", await QueryAsync(host, "SELECT string_agg(name, ' ') FROM accounts"));
    }

    private static string Credentials => new JsonObject { ["email"] = Email, ["password"] = Password }.ToJsonString();

    /// <summary>Creates two accounts, with keys by name and a user.</summary>
    private static async Task<Dictionary<string, string>> CreateCredentialsAsync(PostgresHost host)
    {
        Task<string> CreateKeyAsync(string name, params string[] options) =>
            CommandAsync(host, ["keys", "create", "--account", "acme", "--name", name, .. options]);

        var accounts = await Task.WhenAll(
            CommandAsync(host, "accounts", "create", "--name", "acme", "--with-key", "first"),
            CommandAsync(host, "accounts", "create", "--name", "other", "--with-key", "first"));
        var created = await Task.WhenAll(
            CreateKeyAsync("admin", "--scope", "admin"), CreateKeyAsync("lost"), CreateKeyAsync("revoked"),
            CreateKeyAsync("reader", "--scope", "read", "--policy", """{"batchType":"writer1"}"""));
        await QueryAsync(host, "UPDATE api_keys SET revoked_at = now() WHERE name = 'revoked'");
        var user = await BatchesProcess.RunWithInputAsync(
            host.ConnectionString, Password, "users", "create", "--account", "acme", "--email", Email);
        Assert.True(user.ExitCode == 0, user.Errors);
        return new()
        {
            ["acme"] = accounts[0],
            ["other"] = accounts[1],
            ["admin"] = created[0],
            ["lost"] = created[1],
            ["revoked"] = created[2],
            ["reader"] = created[3],
        };
    }

    /// <summary>Restores the dump of a host on another one that has a database already, by the steps of the guide.</summary>
    private static async Task RestoreAsync(PostgresHost original, PostgresHost copy)
    {
        File.Copy(Path.Combine(original.Folder, "batches.dump"), Path.Combine(copy.Folder, "batches.dump"));
        var rename = OperatingPage.Section("Restore").Split('`')
            .Single(text => text.StartsWith("ALTER DATABASE", StringComparison.Ordinal));
        await copy.Node.QueryAsync(rename);
        await copy.Node.QueryAsync(OperatingPage.Blocks("The database", "sql").Single().Split('\n')[1]);
        var errors = await copy.RunAsync(OperatingPage.Blocks("Restore")[0]);
        Assert.All(
            errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Contains("skipping", line, StringComparison.Ordinal));
    }

    /// <summary>Compares the rows with what was acknowledged before the dump, and with what had begun when it had its snapshot.</summary>
    private static async Task CheckRowsAsync(
        PostgresHost copy, BackupLoad.Moment before, BackupLoad.Moment began, IReadOnlyDictionary<string, int> changes)
    {
        Assert.Equal("", await QueryAsync(copy, FindInconsistency));
        await using var source = NpgsqlDataSource.Create(copy.ConnectionString);
        var versions = new Dictionary<string, int>();
        await using (var command = source.CreateCommand("SELECT batch_code, version FROM batches WHERE batch_code <> 'leased'"))
        await using (var row = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await row.ReadAsync(Cancellation))
                versions.Add(row.GetString(0), row.GetInt32(1));
        }
        Assert.NotEmpty(before.Acknowledged);
        foreach (var (code, version) in before.Acknowledged)
            Assert.InRange(versions[code], version, began.Begun[code]);
        foreach (var (code, version) in versions)
            Assert.InRange(version, 1, began.Begun[code]);

        var restored = 0;
        await using (var command = source.CreateCommand(
            "SELECT change_id, count(*)::integer FROM batch_changes WHERE change_id IS NOT NULL GROUP BY change_id"))
        await using (var row = await command.ExecuteReaderAsync(Cancellation))
        {
            for (; await row.ReadAsync(Cancellation); restored++)
                Assert.Equal(changes[row.GetString(0)], row.GetInt32(1));
        }
        Assert.InRange(restored, 1, changes.Count - 1);
    }

    /// <summary>Checks that a server on the restored database serves it, and that it can be written.</summary>
    /// <param name="server">The server.</param>
    /// <param name="keys">The credentials by name.</param>
    /// <param name="before">The writes that were acknowledged before the dump, with the clients of the former server.</param>
    /// <param name="leased">A batch as the former server returned it with its lease.</param>
    /// <returns>A cursor of the feed.</returns>
    private static async Task<string> CheckServerAsync(
        BatchesProcess server, Dictionary<string, string> keys, BackupLoad.Moment before, JsonNode leased)
    {
        using var acme = server.CreateClient(keys["acme"]);

        // The list, the search, the groups and the feed have the same batches, for each credential.
        var list = await SendAsync(acme, "GET", $"{Batches}?limit=1000&count=exact");
        var listed = list["data"]!.AsArray();
        Assert.Equal(listed.Count, (int)list["total"]!);
        var found = await SendAsync(acme, "GET", $"{Batches}?limit=1000&q=writer");
        Assert.True(JsonNode.DeepEquals(listed, found["data"]));
        var groups = (await SendAsync(acme, "GET", $"{Batches}/groups?by=batchType"))["data"]!.AsArray();
        Assert.Equal(listed.Count, groups.Sum(group => (int)group!["count"]!));
        var feed = await SendAsync(acme, "GET", $"{Batches}/changes?since=start&limit=1000");
        Assert.Equal(
            listed.Select(batch => batch!.ToJsonString()).Order(StringComparer.Ordinal),
            feed["data"]!.AsArray().Select(entry => entry!["batch"]!.ToJsonString()).Order(StringComparer.Ordinal));
        var signedIn = (string)(await SendAsync(acme, "POST", "/api/v2/signin", Credentials))["accessToken"]!;
        var writer1 = groups.Single(group => (string?)group!["batchType"] == "writer1")!["count"];
        foreach (var (key, count) in ((string, int)[])
            [(signedIn, listed.Count), (keys["user"], listed.Count), (keys["lost"], listed.Count), (keys["reader"], (int)writer1!)])
        {
            using var client = server.CreateClient(key);
            Assert.Equal(count, (int)(await SendAsync(client, "GET", $"{Batches}?count=exact"))["total"]!);
        }
        await AssertProblemAsync(server, keys["reader"], "POST", Batches, HttpStatusCode.Forbidden, "insufficient_scope");

        // What was done once is not done again, and leases last.
        Assert.NotEmpty(before.Replays);
        foreach (var replay in before.Replays)
        {
            using var client = server.CreateClient(replay.Client.DefaultRequestHeaders.Authorization!.Parameter);
            Assert.True(JsonNode.DeepEquals(replay.Response, await SendAsync(client, "POST", Batches, replay.Body, replay.Key)));
        }
        await SendAsync(acme, "POST", $"{Batches}/{leased["id"]}/lease", $$"""{"token":"{{leased["lease"]!["token"]}}","for":"1h"}""");

        // Writes continue the versions, and the feed has them.
        var batch = listed[0]!;
        var changed = await SendAsync(acme, "PATCH", $"{Batches}/{batch["id"]}", """{"notes":"after the restore"}""");
        Assert.Equal((int)batch["version"]! + 1, (int)changed["version"]!);
        var changes = await SendAsync(acme, "GET", $"{Batches}/changes?since={feed["nextCursor"]}&wait=10");
        Assert.True(JsonNode.DeepEquals(changed, changes["data"]!.AsArray().Single()!["batch"]));
        var update = await SendAsync(acme, "POST", $"{Batches}/bulk/update", """{"where":{"batchType":"writer1"},"set":{"rating":5} }""");
        var undone = await SendAsync(acme, "POST", $"{Batches}/bulk/{update["changeId"]}/undo");
        Assert.Equal((int)update["changed"]!, (int)undone["changed"]!);
        return (string)changes["nextCursor"]!;
    }

    /// <summary>Waits until every change has been sent, before the dump or afterwards, and checks that pending events have kept their
    /// ids.</summary>
    private static async Task CheckWebhookAsync(PostgresHost host, WebhookReceiver receiver, string secret)
    {
        var pending = (string[])(await QueryAsync(host, "SELECT array_agg(id::text) FROM webhook_deliveries WHERE failures > 0"))!;
        var changes = (string[])(await QueryAsync(
            host,
            """
            SELECT array_agg(c.batch_id || ' ' || c.version) FROM batch_changes AS c
            JOIN accounts AS a ON a.id = c.account_id AND a.name = 'acme'
            WHERE (c.batch_id, c.version) NOT IN (SELECT b.id, 1 FROM batches AS b WHERE b.batch_code = 'leased')
            """))!;
        await receiver.WaitAsync(
            arrivals => changes.All(arrivals.Where(arrival => arrival.IsAccepted).Select(arrival => arrival.Change).ToHashSet().Contains));
        Assert.Empty(pending.Except(receiver.Arrivals.Where(arrival => arrival.IsAccepted).Select(arrival => arrival.Id)));
        Assert.All(receiver.Arrivals, arrival => Assert.Equal(arrival.Sign(secret), arrival.Signature));
    }

    /// <summary>Checks that a disabled webhook sends nothing, and without its key folder not before its secret is rotated.</summary>
    private static async Task CheckLostSecretAsync(
        BatchesProcess server, WebhookReceiver receiver, Dictionary<string, string> keys, string address)
    {
        using var acme = server.CreateClient(keys["acme"]);
        using var admin = server.CreateClient(keys["admin"]);
        receiver.Clear();
        Assert.False((bool)(await SendAsync(admin, "GET", address))["active"]!);
        await SendAsync(admin, "PATCH", address, """{"active":true}""");
        await SendAsync(acme, "POST", Batches, """{"batchCode":"after","batchType":"x"}""");
        var webhook = await SendAsync(admin, "GET", address);
        for (; (bool)webhook["active"]!; webhook = await SendAsync(admin, "GET", address))
            await Task.Delay(20, Cancellation);
        Assert.Contains("rotate", (string)webhook["disabledReason"]!, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(receiver.Arrivals);
        var secret = (string)(await SendAsync(admin, "POST", $"{address}/rotate"))["secret"]!;
        await SendAsync(admin, "PATCH", address, """{"active":true}""");
        await receiver.WaitAsync(arrivals => arrivals.Count > 0);
        Assert.All(receiver.Arrivals, arrival => Assert.Equal(arrival.Sign(secret), arrival.Signature));
    }

    private static async Task<string> DumpSchemaAsync(PostgresHost host)
    {
        await host.RunAsync("pg_dump --schema-only --file=schema.sql batches");
        var lines = await File.ReadAllLinesAsync(Path.Combine(host.Folder, "schema.sql"), Cancellation);

        // Newer versions write a random key.
        return string.Join('\n', lines.Where(line => !line.StartsWith('\\')));
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    private static async Task<BatchesProcess> ServeAsync(PostgresHost host, string keyFolder)
    {
        var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", host.ConnectionString), ("RateLimits__Enabled", "false"), ("Lists__TimeoutSeconds", "60"),
            ("Webhooks__AllowPrivate", "true"), ("Webhooks__KeyFolder", keyFolder));
        using var client = server.CreateClient();
        for (var isReady = false; !isReady; await Task.Delay(20, Cancellation))
        {
            using var response = await client.GetAsync("/health/ready", Cancellation);
            isReady = response.StatusCode == HttpStatusCode.OK;
        }
        return server;
    }

    private static async Task<string> CommandAsync(PostgresHost host, params string[] arguments)
    {
        var (exitCode, output, errors) = await BatchesProcess.RunAsync(host.ConnectionString, arguments);
        Assert.True(exitCode == 0, errors);
        return output.Trim();
    }

    private static Task<object?> QueryAsync(PostgresHost host, string sql) => host.Node.QueryAsync(sql, "batches");

    private static async Task AssertProblemAsync(
        BatchesProcess server, string key, string method, string path, HttpStatusCode status, string code)
    {
        using var client = server.CreateClient(key);
        using var response = await RequestAsync(client, method, path, method == "POST" ? "{}" : null);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
        Assert.Equal((status, code), (response.StatusCode, (string)problem["code"]!));
    }

    private static async Task<JsonNode> SendAsync(HttpClient client, string method, string path, string? body = null, string? key = null)
    {
        using var response = await RequestAsync(client, method, path, body, key);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task<HttpResponseMessage> RequestAsync(
        HttpClient client, string method, string path, string? body, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request, Cancellation);
    }
}
