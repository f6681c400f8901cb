using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Load;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.ApiTests.Search;

/// <summary>An account with more batches than a bounded count counts, whose texts have terms of every frequency.</summary>
public sealed class LargeSearchAccount(ApiServer server) : IAsyncLifetime
{
    /// <summary>The number of batches.</summary>
    public const int Count = 10_700;

    /// <summary>The number of the newest batches, which lack the term <c>older</c>: more than the head of a list that a search reads
    /// first.</summary>
    private const int NewestCount = 600;

    private static readonly (string Term, Func<int, bool> Has)[] Terms =
    [
        ("everywhere", _ => true),
        ("older", i => i < Count - NewestCount),
        ("frequent", i => i % 2 == 0),
        ("seldom", i => i % 40 == 0),
        ("rare", i => i % 1_400 == 137),
    ];

    /// <summary>A client of the account.</summary>
    internal HttpClient Client { get; private set; } = new();

    /// <summary>The batches.</summary>
    internal IReadOnlyList<Batch> All { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var account = ApiServer.NewAccountName();
        Client = await server.CreateClientAsync(account: account);
        var owner = await server.AccountIdAsync(account);
        var ids = server.Services.GetRequiredService<ObjectIdGenerator>();
        All = [.. Enumerable.Range(0, Count).Select(i => Make(ids.Next(), i))];

        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY batches (id, account_id, batch_code, batch_type, assignee, repeated, summary, lead_ids, opportunity_ids, rating, "
            + "created_at, updated_at, version) FROM STDIN (FORMAT BINARY)");
        foreach (var batch in All)
            await CopyAsync(copy, owner, batch);
        await copy.CompleteAsync(TestContext.Current.CancellationToken);
        await copy.CloseAsync(TestContext.Current.CancellationToken);
        await BulkLoad.ExecuteAsync(connection, TableLayout.FillSearch, TestContext.Current.CancellationToken);
        await ApiServer.FixStatisticsAsync(connection);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The batches with a term, whose name indicates their number.</summary>
    internal IEnumerable<Batch> With(string term) => All.Where(batch => batch.Summary!.Split(' ').Contains(term));

    private static Batch Make(string id, int i) => new()
    {
        Id = id,
        BatchCode = string.Create(CultureInfo.InvariantCulture, $"{i:D5}"),
        BatchType = "x",
        Assignee = i % 3 == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"a{i % 7}"),
        Summary = string.Join(' ', Terms.Where(term => term.Has(i)).Select(term => term.Term)),
        Rating = i % 5 == 0 ? null : i % 6,
        CreatedAt = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i),
    };

    private static async Task CopyAsync(NpgsqlBinaryImporter copy, int account, Batch batch)
    {
        await copy.StartRowAsync();
        await copy.WriteAsync(batch.Id);
        await copy.WriteAsync(account);
        await copy.WriteAsync(batch.BatchCode);
        await copy.WriteAsync(batch.BatchType);
        await copy.WriteAsync(batch.Assignee);
        await copy.WriteAsync(value: false);
        await copy.WriteAsync(batch.Summary);
        await copy.WriteAsync(batch.LeadIds);
        await copy.WriteAsync(batch.OpportunityIds);
        await copy.WriteAsync((short?)batch.Rating, NpgsqlDbType.Smallint);
        await copy.WriteAsync(batch.CreatedAt, NpgsqlDbType.TimestampTz);
        await copy.WriteAsync(batch.CreatedAt, NpgsqlDbType.TimestampTz);
        await copy.WriteAsync(value: 1);
    }
}
