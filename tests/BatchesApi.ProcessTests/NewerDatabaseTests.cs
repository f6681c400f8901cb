using System.Diagnostics;
using System.Net;
using System.Text;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>A database that a newer version of the server has migrated.</summary>
public sealed class NewerDatabaseTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";
    private const string Newer = "20991231000000_Future";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_server_stops_writing_and_keeps_reading()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database));
        using var client = server.CreateClient(key);
        Assert.Equal(HttpStatusCode.Created, await CreateAsync(client, "before"));
        await MigrateFurtherAsync(database);

        // The server notices without a readiness probe.
        var waiting = Stopwatch.StartNew();
        for (var n = 0; await CreateAsync(client, $"meanwhile-{n}") != HttpStatusCode.ServiceUnavailable; n++)
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "The server still writes after 20 s.");
            await Task.Delay(100, Cancellation);
        }

        foreach (var (method, path) in ((string, string)[])
            [("GET", "/health/ready"), ("POST", Batches), ("POST", "/api/v2/signin"), ("DELETE", $"{Batches}/deleted/x")])
        {
            using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            var text = await response.Content.ReadAsStringAsync(Cancellation);
            foreach (var expected in (string[])["not_ready", Newer, SchemaVersionReader.LastMigration])
                Assert.Contains(expected, text, StringComparison.Ordinal);
        }
        Assert.Contains("meanwhile-", await client.GetStringAsync(Batches, Cancellation), StringComparison.Ordinal);
        Assert.Single(server.Output.Split('\n'), line => line.Contains(Newer, StringComparison.Ordinal));

        await ExecuteAsync(database, "DELETE FROM schema_migrations WHERE migration_id LIKE '2099%'");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, await CreateAsync(client, "after"));
    }

    [Fact]
    public async Task A_starting_server_is_not_ready_unless_AllowNewer_is_set()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await MigrateFurtherAsync(database);
        await using (var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database)))
        {
            using var client = server.CreateClient(key);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await CreateAsync(client, "refused"));
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Batches, Cancellation)).StatusCode);
        }

        await using (var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("Database__AllowNewer", "true")))
        {
            using var client = server.CreateClient(key);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.Created, await CreateAsync(client, "allowed"));
        }
    }

    [Fact]
    public async Task Commands_that_write_fail_and_other_commands_work()
    {
        var database = await databases.CreateWithAccountsAsync();
        await MigrateFurtherAsync(database);
        foreach (var arguments in (string[][])[["migrate"], ["accounts", "create", "--name", "more"], ["purge", "--older-than", "1d"]])
        {
            var (exitCode, output, errors) = await BatchesProcess.RunAsync(database, arguments);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.Contains(Newer, Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
        }
        Assert.Equal(0, (await BatchesProcess.RunAsync(database, "export", "--account", "acme")).ExitCode);
        var allowed = await BatchesProcess.RunAsync(
            [("ConnectionStrings__Batches", database), ("Database__AllowNewer", "true")], null, "accounts", "create", "--name", "more");
        Assert.True(allowed.ExitCode == 0, allowed.Errors);
    }

    private static async Task<HttpStatusCode> CreateAsync(HttpClient client, string code)
    {
        using var body = new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(Batches, body, Cancellation);
        return response.StatusCode;
    }

    private static Task MigrateFurtherAsync(string database) =>
        ExecuteAsync(database, $"INSERT INTO schema_migrations (migration_id, product_version) VALUES ('{Newer}', '99.0')");

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create($"{database};Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
