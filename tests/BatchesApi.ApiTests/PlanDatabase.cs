using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Load;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>A typical database in production: an account with many batches, others with fewer, and very many accounts that are hardly used,
/// with current statistics.</summary>
public sealed class PlanDatabase(ApiServer server) : IAsyncLifetime
{
    /// <summary>The number of batches in the largest account.</summary>
    public const int LargestCount = 105_000;

    /// <summary>The number of batches in the smallest account.</summary>
    public const int SmallestCount = 100;

    /// <summary>The number of accounts with one batch, which bring the average down to about two.</summary>
    private const int Tiny = 60_000;

    private static readonly int[] Sizes = [LargestCount, SmallestCount, 200, 400, 800, 1_600, 2_000, 2_500, 3_000, 4_000, 5_000];

    private string _connectionString = "";
    private WebApplication? _app;

    /// <summary>The account with <see cref="LargestCount"/> batches.</summary>
    internal (int Id, HttpClient Client) Large { get; private set; }

    /// <summary>The account with <see cref="SmallestCount"/> batches.</summary>
    internal (int Id, HttpClient Client) Small { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // A locale with letters beyond ASCII, because trigrams consist of letters.
        _connectionString = await server.Postgres.CreateDatabaseAsync(locale: "C.UTF-8");
        _app = await ApiServer.StartAsync(_connectionString, ("Lists:TimeoutSeconds", "60"));
        await using var services = _app.Services.CreateAsyncScope();
        var keys = services.ServiceProvider.GetRequiredService<ApiKeyStore>();
        var accounts = services.ServiceProvider.GetRequiredService<AccountStore>();
        var filled = new List<Account>();
        foreach (var size in Sizes)
            filled.Add((await accounts.CreateAsync($"of {size}", default))!);
        Large = (filled[0].Id, await CreateClientAsync(keys, filled[0]));
        Small = (filled[1].Id, await CreateClientAsync(keys, filled[1]));
        await FillAsync(
            filled.Zip(Sizes).SelectMany(pair => SeedRows.Make(pair.First.Id, pair.Second)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Large.Client?.Dispose();
        Small.Client?.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        if (_connectionString.Length > 0)
            await server.Postgres.DropDatabaseAsync(_connectionString);
    }

    /// <inheritdoc cref="GenericPlan.ExplainAsync"/>
    internal Task<ExplainStep> ExplainGenericPlanAsync(ListPlan plan) => GenericPlan.ExplainAsync(_app!.Services, _connectionString, plan);

    /// <inheritdoc cref="GenericPlan.ExplainGroupsAsync"/>
    internal Task<string> ExplainGroupsAsync(GroupPlan plan) => GenericPlan.ExplainGroupsAsync(_app!.Services, _connectionString, plan);

    /// <summary>Explains a claim whose first batches are leased. The leases and the claim are rolled back.</summary>
    internal async Task<ExplainStep> ExplainClaimAsync(ClaimPlan plan, int leased)
    {
        var visible = _app!.Services.GetRequiredService<BatchFilterSqlCache>().Get(plan.List.AccountId, deleted: false, plan.List.Where);
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var lease = connection.CreateCommand())
        {
            lease.CommandText = Claim(leased).Write(lease.Parameters);
            await lease.ExecuteNonQueryAsync();
        }
        await using var explain = connection.CreateCommand();
        explain.CommandText = $"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {Claim(plan.List.Limit).Write(explain.Parameters)}";
        return ExplainStep.Parse("claim", (string)(await explain.ExecuteScalarAsync())!);

        BatchesApi.Storage.Sql Claim(int limit) => LeaseSql.Claim(
            plan,
            [.. Enumerable.Range(0, limit).Select(i => BitConverter.GetBytes(i))],
            new Actor(Actor.Key, "", ""),
            DateTime.UtcNow,
            visible,
            permitted: null);
    }

    private async Task<HttpClient> CreateClientAsync(ApiKeyStore keys, Account account)
    {
        var (_, secret) = (await keys.CreateAsync(account.Id, new NewApiKey("plans", Scope.Write), ApiServer.Operator, default)).Value;
        var client = ApiServer.CreateClient(new Uri(_app!.Urls.First()), secret);
        client.DefaultRequestHeaders.Add("Prefer", "explain");
        return client;
    }

    private async Task FillAsync(IEnumerable<object?[]> rows)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await BulkLoad.ExecuteAsync(connection, "SET maintenance_work_mem = '256MB'; SET synchronous_commit = off", default);
        await BulkLoad.FillAsync(
            connection,
            rows,
            default,
            $"INSERT INTO accounts (name, created_at) SELECT 'tiny ' || i, now() FROM generate_series(1, {Tiny}) AS i",
            """
            INSERT INTO batches
                (id, account_id, batch_code, batch_type, repeated, lead_ids, opportunity_ids, created_at, updated_at, version)
            SELECT '6a1d00000000000000000000', id, 'B-1', 'audit', FALSE, '{}', '{}', now(), now(), 1 FROM accounts WHERE name LIKE 'tiny %'
            """);
    }
}
