using System.IO.Compression;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Upgrades a database as version 0.1.0 left it. Afterwards, the server must respond as 0.1.0 did. <c>tests/upgrade/record</c>
/// recorded the database and the responses with the program of that version.</summary>
public sealed class UpgradeTests(Databases databases)
{
    /// <summary>More than two pieces of those in which the batches and their changes are moved.</summary>
    private const int MoreBatches = 25_000;

    private const string AddBatches =
        """
        INSERT INTO batches (account_id, id, batch_code, batch_type, repeated, lead_ids, opportunity_ids, created_at, updated_at, version)
        SELECT a.id, lpad(to_hex(i), 24, '0'), 'more ' || i, 'x', false, '{}', '{}', now(), now(), 1
        FROM accounts AS a, generate_series(1, 25000) AS i WHERE a.name = 'empty';
        INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
        SELECT account_id, id, version, created_at, 'create', 'operator', '', 'import', '{}' FROM batches WHERE batch_code LIKE 'more %';
        """;

    private static readonly string Folder = Path.Combine(SourceFolder(), "..", "upgrade");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_migrate_the_server_responds_as_0_1_0()
    {
        var database = await RestoreAsync();
        var (exitCode, _, errors) = await BatchesProcess.RunAsync(database, "migrate");
        Assert.True(exitCode == 0, errors);
        await using var server = await BatchesProcess.ServeAsync(Settings(database));
        await WaitUntilReadyAsync(server);
        await CheckAsync(server);
    }

    [Fact]
    public async Task A_server_that_is_killed_while_it_upgrades_continues_when_it_is_restarted()
    {
        var database = await RestoreAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await ExecuteAsync(source, AddBatches);
        foreach (var table in (string[])["new_batches", "new_batch_changes"])
        {
            await using var killed = BatchesProcess.Start(Settings(database));
            await KillWhileMovingAsync(killed, source, table);
        }

        await using var server = await BatchesProcess.ServeAsync(Settings(database));
        await WaitUntilReadyAsync(server);
        await CheckAsync(server, except: "empty");
        foreach (var table in (string[])["batches", "batch_changes"])
        {
            Assert.Equal((long)MoreBatches, await ReadAsync(
                source, $"SELECT count(*) FROM {table} WHERE account_id = (SELECT id FROM accounts WHERE name = 'empty')"));
        }
    }

    /// <summary>Kills a server between two pieces. It waits for this lock before each of them.</summary>
    private static async Task KillWhileMovingAsync(BatchesProcess server, NpgsqlDataSource source, string table)
    {
        while (await ReadAsync(source, "SELECT to_regclass('new_idempotency_keys') IS NOT NULL") is not true)
            await Task.Delay(20, Cancellation);
        for (var moved = 0L; moved == 0;)
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using var wait = new NpgsqlCommand("LOCK TABLE new_idempotency_keys IN EXCLUSIVE MODE", connection, transaction);
            await wait.ExecuteNonQueryAsync(Cancellation);
            await using var count = new NpgsqlCommand($"SELECT count(*) FROM {table}", connection, transaction);
            moved = (long)(await count.ExecuteScalarAsync(Cancellation))!;
            Assert.InRange(moved, 0, MoreBatches);
            if (moved == 0)
                continue;
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    /// <summary>Compares the responses with those of 0.1.0, and then writes.</summary>
    private static async Task CheckAsync(BatchesProcess server, string? except = null)
    {
        var recorded = await ReadFileAsync("0.1.0.json.gz", async stream => (await JsonNode.ParseAsync(stream))!);
        var clients = recorded["keys"]!.AsObject().ToDictionary(key => key.Key, key => server.CreateClient((string)key.Value!));
        foreach (var expected in recorded["responses"]!.AsArray().Where(response => (string?)response!["credential"] != except))
        {
            var path = (string)expected!["path"]!;
            using var response = await clients[(string)expected["credential"]!].GetAsync(path, Cancellation);
            var body = (await ReadJsonAsync(response))!;
            Assert.Equal(
                (path, (int)expected["status"]!, (string?)expected["etag"], (string?)expected["total"]),
                (path, (int)response.StatusCode, response.Headers.ETag?.ToString(),
                    response.Headers.TryGetValues("X-Total-Count", out var total) ? total.Single() : null));
            var (before, now) = (Comparable(expected["body"]!), Comparable(body));
            Assert.True(JsonNode.DeepEquals(before, now), $"{path}\n{before.ToJsonString()}\n{now.ToJsonString()}");
        }

        // What 0.1.0 did once is not done again.
        foreach (var replay in recorded["replays"]!.AsArray())
        {
            using var response = await SendAsync(
                clients["first"], (string)replay!["method"]!, (string)replay["path"]!, (string?)replay["body"], (string)replay["key"]!);
            Assert.Equal((int)replay["status"]!, (int)response.StatusCode);
            Assert.Equal("true", response.Headers.GetValues("Idempotent-Replayed").Single());
            Assert.True(JsonNode.DeepEquals(replay["response"], await ReadJsonAsync(response)));
        }

        using var anonymous = server.CreateClient();
        var credentials = new JsonObject { ["email"] = (string)recorded["email"]!, ["password"] = (string)recorded["password"]! };
        using var signIn = await SendAsync(anonymous, "POST", "/api/v2/signin", credentials.ToJsonString());
        using var user = server.CreateClient((string)(await ReadJsonAsync(signIn))!["accessToken"]!);
        using var created = await SendAsync(user, "POST", "/api/v2/batches", """{"batchCode":"after","batchType":"x"}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        foreach (var client in clients.Values)
            client.Dispose();
    }

    /// <summary>Leaves out what later versions add, the positions of pages, and the words of problems.</summary>
    private static JsonObject Comparable(JsonNode body)
    {
        var result = body.DeepClone().AsObject();
        if (result.ContainsKey("code"))
            return new JsonObject { ["code"] = (string)result["code"]! };
        result.Remove("nextCursor");
        if (result.ContainsKey("scope"))
            result.Remove("id");
        foreach (var entry in (result["data"] as JsonArray ?? []).OfType<JsonObject>().Where(entry => entry.ContainsKey("action")))
            entry.Remove("changeId");
        return result;
    }

    /// <summary>Restores the database of 0.1.0. Its idempotency keys are as old as if it had just been stopped.</summary>
    private async Task<string> RestoreAsync()
    {
        var database = await databases.CreateAsync();
        await using var source = NpgsqlDataSource.Create($"{database};Pooling=false");
        var statements = await ReadFileAsync("0.1.0.sql.gz", stream => new StreamReader(stream, Encoding.UTF8).ReadToEndAsync());
        await ExecuteAsync(source, statements);
        await ExecuteAsync(source, "UPDATE idempotency_keys SET created_at = now()");
        return database;
    }

    /// <summary>The settings of a server that keeps the recorded changes, however old they are, also on a busy machine.</summary>
    private static (string, string?)[] Settings(string database) =>
    [
        ("ConnectionStrings__Batches", $"{database};Command Timeout=60"), ("RateLimits__Enabled", "false"),
        ("History__RetentionDays", "36500"), ("Lists__TimeoutSeconds", "60"),
    ];

    private static async Task WaitUntilReadyAsync(BatchesProcess server)
    {
        using var client = server.CreateClient();
        while ((await client.GetAsync("/health/ready", Cancellation)).StatusCode != HttpStatusCode.OK)
            await Task.Delay(50, Cancellation);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, string method, string path, string? body, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request, Cancellation);
    }

    private static async Task<JsonNode?> ReadJsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation));

    private static async Task<T> ReadFileAsync<T>(string name, Func<Stream, Task<T>> read)
    {
        await using var file = File.OpenRead(Path.Combine(Folder, name));
        await using var stream = new GZipStream(file, CompressionMode.Decompress);
        return await read(stream);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<object?> ReadAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
