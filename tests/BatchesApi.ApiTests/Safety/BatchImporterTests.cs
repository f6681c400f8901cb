using System.Globalization;
using System.Net;
using BatchesApi.Domain;
using BatchesApi.Storage.ImportExport;
using Npgsql;

namespace BatchesApi.ApiTests.Safety;

/// <summary>Imports of several chunks beside other clients.</summary>
public sealed class BatchImporterTests(ApiServer given) : IAsyncLifetime
{
    private const int Count = 1_000;

    private static readonly string[] AllCodes = [.. Enumerable.Range(0, Count).Select(Code)];

    private const string Counts =
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM batches), (SELECT count(*) FROM batch_search), (SELECT count(*) FROM batch_changes))
        """;

    private SeparateServer? _server;
    private NpgsqlDataSource? _source;
    private int _account;
    private HttpClient _client = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SeparateServer Server => _server!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await SeparateServer.StartAsync(given);
        _source = NpgsqlDataSource.Create(_server.ConnectionString);
        (_account, var key) = await _server.CreateAccountAsync("importing");
        _client = _server.CreateClient(key);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _source!.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task An_import_in_any_order_and_an_array_create_of_the_same_codes_end_without_a_deadlock()
    {
        Task<bool> import;
        Task<HttpResponseMessage> create;
        await using (await TakeAsync(Count / 2))
        {
            // The import waits in the middle. In the order of its lines, it would have the last code now, and then want the first.
            import = ImportAsync(_source!, [.. AllCodes.Reverse()]);
            await WaitForLocksAsync(1);
            var array = $"[{Http.Batch(AllCodes[^1])},{Http.Batch(AllCodes[0])}]";
            create = _client.SendAsync("POST", Http.Batches, array);
            await WaitForLocksAsync(2);
        }
        Assert.True(await import);
        using var response = await create;
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }

    [Fact]
    public async Task A_code_that_is_taken_during_the_last_chunk_rolls_back_all_chunks()
    {
        await using var other = await TakeAsync(Count - 1);
        var import = ImportAsync(_source!, AllCodes);
        await WaitForLocksAsync(1);
        await using (var commit = new NpgsqlCommand("COMMIT", (NpgsqlConnection)other))
            await commit.ExecuteNonQueryAsync(Cancellation);

        Assert.False(await import);
        Assert.Equal("1 0 0", await Server.QueryAsync<string>(Counts));
    }

    [Fact]
    public async Task An_import_leaves_no_entries_that_wait_in_the_GIN_indexes()
    {
        Assert.True(await ImportAsync(_source!, AllCodes));
        Assert.Equal($"{Count} {2 * Count} {Count}", await Server.QueryAsync<string>(Counts));
        if (await Server.QueryAsync<long>("SELECT count(*) FROM pg_available_extensions WHERE name = 'pgstattuple'") == 0)
            return;
        await Server.ExecuteAsync("CREATE EXTENSION pgstattuple");
        foreach (var index in (string[])["text", "lead_ids", "opportunity_ids"])
        {
            Assert.Equal(
                0L, await Server.QueryAsync<long>($"SELECT pending_tuples FROM pgstatginindex('ix_batch_search_{index}')"));
        }
    }

    [Fact]
    public async Task A_role_that_does_not_own_the_indexes_can_import()
    {
        var role = $"importing_{Guid.NewGuid():N}";
        await Server.ExecuteAsync(
            $"CREATE ROLE {role} LOGIN PASSWORD 'p'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Username = role, Password = "p", Pooling = false };
            await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
            Assert.True(await ImportAsync(source, AllCodes));
            Assert.Equal($"{Count} {2 * Count} {Count}", await Server.QueryAsync<string>(Counts));
        }
        finally
        {
            await Server.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    /// <summary>Imports a batch for each code.</summary>
    /// <returns>Whether they were imported; false if another client has taken a code.</returns>
    private async Task<bool> ImportAsync(NpgsqlDataSource source, string[] codes)
    {
        await using var importer = await BatchImporter.OpenAsync(source, _account, Cancellation);
        importer.ChunkSize = 30;
        try
        {
            var lines = codes.Select(ToLine).ToAsyncEnumerable();
            var result = await importer.ImportAsync(lines, withoutRejected: false, (_, _) => { }, Cancellation);
            return result.Imported == codes.Length;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    /// <summary>Begins to create a batch with a code of an import.</summary>
    private Task<IAsyncDisposable> TakeAsync(int code) => Server.BeginAsync(
        $"""
        INSERT INTO batches (account_id, id, batch_code, batch_type, repeated, lead_ids, opportunity_ids, created_at, updated_at, version)
        VALUES ({_account}, '{Id(Count)}', '{Code(code)}', 'x', FALSE, ARRAY[]::text[], ARRAY[]::text[], now(), now(), 1)
        """);

    /// <summary>Waits until some statements wait for others.</summary>
    private async Task WaitForLocksAsync(int count)
    {
        const string Waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for (var i = 0; await Server.QueryAsync<long>(Waiting) < count; i++)
        {
            Assert.InRange(i, 0, 500);
            await Task.Delay(20, Cancellation);
        }
    }

    private static ImportLine ToLine(string code, int index)
    {
        var batch = new Batch
        {
            Id = Id(int.Parse(code[2..], CultureInfo.InvariantCulture)),
            BatchCode = code,
            BatchType = "x",
            LeadIds = ["lead"],
            CreatedAt = DateTime.UnixEpoch,
            UpdatedAt = DateTime.UnixEpoch,
            Version = 1,
        };
        return new ImportLine(index + 1, batch, HasId: true, new ValidationErrors());
    }

    private static string Code(int i) => string.Create(CultureInfo.InvariantCulture, $"B-{i:D6}");

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"{i:x24}");
}
