using BatchesApi.Domain;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>The tests that share the <see cref="LargeAccount"/>.</summary>
[CollectionDefinition]
public sealed class InLargeAccount : ICollectionFixture<LargeAccount>;

/// <summary>An account with more active batches than a bounded count counts, and exactly as many deleted ones as it counts. The batches tie
/// in nearly every field, lack many values, and some have notes that are too long for the index.</summary>
public sealed class LargeAccount(ApiServer server) : IAsyncLifetime
{
    /// <summary>The number of active batches.</summary>
    public const int ActiveCount = 12_345;

    /// <summary>The number of deleted batches.</summary>
    public const int DeletedCount = 10_000;

    /// <summary>A lead of every batch.</summary>
    public const string LeadOfAll = "lead-of-all";

    /// <summary>A lead of every seventh batch.</summary>
    public const string LeadOfSome = "lead-of-some";

    /// <summary>A lead of one batch.</summary>
    public const string LeadOfOne = "lead-of-one";

    private static readonly string[] LongNotes =
    [
        // The longest text that the index holds, and one that is too long.
        new('n', 2_000), new('n', 2_001), string.Concat(Enumerable.Repeat("\u00E9", 1_000)),
        string.Concat(Enumerable.Repeat("\u00E9", 1_000)) + "a",

        // Of maximum length, different only in their last characters or in case and accents.
        new string('m', 9_990) + "a", new string('m', 9_990) + "B", new string('m', 9_990) + "c", new string('m', 9_990),
        new string('M', 9_990),
        string.Concat(Enumerable.Repeat("re sume ", 1_000)) + "e", string.Concat(Enumerable.Repeat("re sume ", 1_000)) + "\u00E9",
        string.Concat(Enumerable.Repeat("\U0001F600", 10_000)), string.Concat(Enumerable.Repeat("\U0001F600", 9_999)) + "!",
        "z" + new string('\u0645', 5_000),
    ];

    /// <summary>A client with the scope <c>write</c>.</summary>
    internal HttpClient Client { get; private set; } = new();

    /// <summary>The active batches.</summary>
    internal IReadOnlyList<Batch> Active { get; private set; } = [];

    /// <summary>The expected order of the active batches.</summary>
    internal Oracle ActiveOrder { get; private set; } = new([]);

    /// <summary>The expected order of the deleted batches.</summary>
    internal Oracle DeletedOrder { get; private set; } = new([]);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var account = ApiServer.NewAccountName();
        Client = await server.CreateClientAsync(account: account);
        var owner = await server.AccountIdAsync(account);
        var ids = server.Services.GetRequiredService<ObjectIdGenerator>();
        var random = new Random(ActiveCount);
        Active = [.. Enumerable.Range(0, ActiveCount).Select(i => Make(owner, ids.Next(), i, random, deleted: false))];
        var deleted = Enumerable.Range(0, DeletedCount).Select(i => Make(owner, ids.Next(), i, random, deleted: true)).ToList();
        ActiveOrder = new Oracle(Active);
        DeletedOrder = new Oracle(deleted);

        await using var connection = await server.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await BatchCopy.AddAsync(connection, Active.Concat(deleted).OrderBy(_ => random.Next()));

        await ApiServer.FixStatisticsAsync(connection);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A batch whose type has a searchable word for the number of similar batches.</summary>
    private static Batch Make(int account, string id, int i, Random random, bool deleted)
    {
        var batch = ManyBatches.Make(account, id, i, random, deleted);
        var age = (new DateTime(2026, 1, 20, 0, 0, 0, DateTimeKind.Utc) - batch.CreatedAt.Date).Days;
        batch.BatchType = string.Join(' ', new[]
        {
            batch.BatchType, "everywhere", i % 2 == 0 ? "frequent" : null, i % 50 == 0 ? "seldom" : null,
            i is 5_000 or 5_001 or 9_000 ? "rarest" : null,

            // Not among the newest batches.
            age > 0 ? "yesterday" : null, age == 19 ? "oldest" : null,
        }.OfType<string>());

        // Also in the other text of most, so that PostgreSQL's estimate is certainly above the limit.
        if (age > 0 && batch.Notes is not null)
            batch.Notes += " yesterday";
        batch.LeadIds = [LeadOfAll, .. i % 7 == 0 ? new[] { LeadOfSome } : [], .. i == 777 ? new[] { LeadOfOne } : []];
        if (random.Next(50) == 0)
            batch.Notes = LongNotes[random.Next(LongNotes.Length)];
        return batch;
    }
}
