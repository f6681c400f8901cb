using System.Net;
using BatchesApi.ApiTests.Safety;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>Permanent deletion (specification, section 2.4).</summary>
public sealed class PermanentDeleteTests(ApiServer server) : AccountTest(server)
{
    private const string Permanent = "?permanent=true";

    [Fact]
    public async Task A_deleted_batch_is_removed_with_its_history_and_nothing_else_is()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (gone, deleted) = (await Client.CreateDeletedIdAsync("B-1"), await Client.CreateDeletedIdAsync("B-2"));
        var active = await Client.CreateIdAsync("B-3");

        await admin.SendAsync("DELETE", $"{Http.Deleted}/{gone}{Permanent}").EmptyAsync();

        foreach (var (method, path) in ((string, string)[])
        [
            ("GET", $"{Http.Deleted}/{gone}"), ("POST", $"{Http.Deleted}/{gone}/restore"), ("GET", $"{Http.Batches}/{gone}/history"),
            ("DELETE", $"{Http.Deleted}/{gone}{Permanent}"),
        ])
        {
            await admin.SendAsync(method, path).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        }
        Assert.Equal(deleted, Assert.Single(await Client.ListAsync(Http.Deleted))!.Id());
        Assert.Equal(active, Assert.Single(await Client.ListAsync(Http.Batches))!.Id());
        Assert.Equal(2, (await Client.ListAsync($"{Http.Batches}/{deleted}/history")).Count);

        // The change that the batch is gone remains.
        var account = await Server.AccountIdAsync(Account);
        foreach (var (table, rows) in ((string, long)[])[("batch_search", 4), ("batch_changes", 4)])
            Assert.Equal(rows, await QueryAsync<long>($"SELECT count(*) FROM {table} WHERE account_id = {account}"));
    }

    [Fact]
    public async Task An_active_batch_must_be_deleted_first()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var batch = await Client.CreateAsync(Http.Batch());
        await admin.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}{Permanent}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Http.AssertSame(batch, await Client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
    }

    [Fact]
    public async Task A_batch_of_another_account_is_not_found()
    {
        using var stranger = await Server.CreateClientAsync("admin");
        var id = await Client.CreateDeletedIdAsync();
        await stranger.SendAsync("DELETE", $"{Http.Deleted}/{id}{Permanent}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Assert.Equal(id, (await Client.GetJsonAsync($"{Http.Deleted}/{id}")).Id());
    }

    [Theory]
    [InlineData("write")]
    [InlineData("read")]
    public async Task A_lesser_scope_is_403_and_the_response_names_the_required_one(string scope)
    {
        using var client = await Server.CreateClientAsync(scope, Account);
        var id = await Client.CreateDeletedIdAsync();
        using var response = await client.SendAsync("DELETE", $"{Http.Deleted}/{id}{Permanent}");
        var problem = await response.ProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");

        // A reader may not use the operation at all.
        var required = scope == "read" ? "write" : "admin";
        Assert.Equal(
            $"This credential has the scope '{scope}'; this operation needs the scope '{required}'.", (string?)problem["detail"]);
        Assert.EndsWith($", scope=\"{required}\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, (int?)(await Client.GetJsonAsync($"{Http.Deleted}/{id}"))["version"]);
    }

    [Theory]
    [InlineData("\"2\"", HttpStatusCode.NoContent)]
    [InlineData("*", HttpStatusCode.NoContent)]
    [InlineData("\"1\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("W/\"2\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("2", HttpStatusCode.BadRequest)]
    public async Task If_Match_is_obeyed(string ifMatch, HttpStatusCode expected)
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var address = $"{Http.Deleted}/{await Client.CreateDeletedIdAsync()}";
        using var response = await admin.SendAsync("DELETE", address + Permanent, headers: ("If-Match", ifMatch));
        var text = await response.TextAsync(expected);
        if (expected == HttpStatusCode.PreconditionFailed)
            Assert.Contains("\"version\":2,\"changed\":[", text, StringComparison.Ordinal);
        using var after = await admin.SendAsync("GET", address);
        Assert.Equal(expected == HttpStatusCode.NoContent ? HttpStatusCode.NotFound : HttpStatusCode.OK, after.StatusCode);
    }

    [Theory]
    [InlineData("?permanent=false", true)]
    [InlineData("?permanent=", true)]
    [InlineData("?Permanent=FALSE", true)]
    [InlineData("?permanent=1", false)]
    [InlineData("?permanent=yes", false)]
    [InlineData("?permanent=true&permanent=true", false)]
    public async Task A_value_other_than_true_deletes_softly_or_is_rejected(string query, bool isDone)
    {
        var batch = await Client.CreateAsync(Http.Batch());
        var deletion = Client.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}{query}");
        if (isDone)
        {
            await deletion.EmptyAsync();
            Assert.Equal(2, (int?)(await Client.GetJsonAsync($"{Http.Deleted}/{batch.Id()}"))["version"]);
        }
        else
        {
            Assert.StartsWith("permanent: must ", Assert.Single(await deletion.ValidationErrorsAsync("invalid_parameter")), default);
            Http.AssertSame(batch, await Client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
        }
    }

    [Fact]
    public async Task A_change_that_is_recorded_meanwhile_is_removed_too()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var id = await Client.CreateDeletedIdAsync();
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var writer = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var change = new NpgsqlCommand(
            $"""
            UPDATE batches SET version = 3 WHERE id = '{id}';
            INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)
            SELECT account_id, id, version, now(), 'update', 'key', '', '' FROM batches WHERE id = '{id}'
            """,
            connection))
        {
            await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var removal = admin.SendAsync("DELETE", $"{Http.Deleted}/{id}{Permanent}");
        while (!await QueryAsync<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {connection.ProcessID} = ANY (pg_blocking_pids(pid)))"))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        await writer.CommitAsync(TestContext.Current.CancellationToken);

        await removal.EmptyAsync();
        Assert.Equal(0L, await QueryAsync<long>($"SELECT count(*) FROM batch_changes WHERE batch_id = '{id}' AND action <> 'purge'"));
    }

    private async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
