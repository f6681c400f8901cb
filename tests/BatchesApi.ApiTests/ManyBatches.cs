using BatchesApi.Domain;
using BatchesApi.Load;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests;

/// <summary>An account with 237 active and as many deleted batches that tie in nearly every field, lack many values, and have text that
/// only a real collation sorts correctly.</summary>
public sealed class ManyBatches(ApiServer server) : IAsyncLifetime
{
    /// <summary>The number of active and of deleted batches, not a multiple of the page sizes of tests.</summary>
    public const int Count = 237;

    private static readonly string[] Words =
    [
        "a", "A", "\u00E1", "\u00C1", "a\u0301", "ab", "aB", "\u00E6", "ae", "b", "B", "c", "C", "\u00E7", "resume", "Resume",
        "r\u00E9sum\u00E9", "R\u00E9sum\u00E9", "re\u0301sume\u0301", "re sume", "re-sume", "resum\u00E9", "stra\u00DFe", "strasse", "z",
        "Z", "\u00F8", "o", "\u0131", "i", "\u03A9", "\u03C9", "\u0431", "\u0411", "\u05D0", "\u0623\u062D\u0645\u062F",
        "\u0627\u062D\u0645\u062F", "\u0645\u0631\u062D\u0628\u0627", "\u0645\u064E\u0631\u062D\u0628\u0627", "1", "10", "2", "\u0662",
        "\u00B2", "-", "_", "!", "\"", "(", "%", "$", "\u20AC", "+", " a", "a ", "a b",
        "\U0001F600", "\U0001F469\u200D\U0001F4BB", "\u6F22", "\uAC00", "\u2019", "'",
    ];

    /// <summary>A client with the scope <c>write</c>.</summary>
    internal HttpClient Client { get; private set; } = new();

    /// <summary>The active batches in the order of their ids.</summary>
    internal IReadOnlyList<Batch> Active { get; private set; } = [];

    /// <summary>The deleted batches in the order of their ids.</summary>
    internal IReadOnlyList<Batch> Deleted { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var account = ApiServer.NewAccountName();
        Client = await server.CreateClientAsync(account: account);
        await using var services = server.Services.CreateAsyncScope();
        var owner = await server.AccountIdAsync(account);
        var ids = server.Services.GetRequiredService<ObjectIdGenerator>();
        var random = new Random(237);
        Active = [.. Enumerable.Range(0, Count).Select(i => Make(owner, ids.Next(), i, random, deleted: false))];
        Deleted = [.. Enumerable.Range(0, Count).Select(i => Make(owner, ids.Next(), i, random, deleted: true))];

        var db = services.ServiceProvider.GetRequiredService<BatchesContext>();
        db.Batches.AddRange(Active.Concat(Deleted).OrderBy(_ => random.Next()));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        await db.Database.ExecuteSqlRawAsync(TableLayout.FillSearch, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Creates a batch.</summary>
    /// <param name="account">The account.</param>
    /// <param name="id">The id.</param>
    /// <param name="i">The number, which determines the code.</param>
    /// <param name="random">The random number generator for the other fields.</param>
    /// <param name="deleted">Whether the batch is deleted.</param>
    internal static Batch Make(int account, string id, int i, Random random, bool deleted)
    {
        DateTime Day(int days) =>
            new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(random.Next(days)).AddMicroseconds(random.Next(2));
        string? Word(int max) => random.Next(3) == 0 ? null : Words[random.Next(Math.Min(max, Words.Length))];
        return new Batch
        {
            Id = id,
            AccountId = account,

            // Unique among active batches: every word, then every word with a digit, and so on.
            BatchCode = Words[i % Words.Length] + (i < Words.Length ? "" : i / Words.Length),
            BatchType = Words[random.Next(Words.Length)],
            Manager = Word(4),
            Assignee = Word(Words.Length),
            Summary = Word(20),
            Notes = random.Next(3) == 0 ? null : Words[random.Next(Words.Length)] + Words[random.Next(Words.Length)],
            DueDate = random.Next(3) == 0 ? null : random.Next(10) == 0 ? new DateTime(0, DateTimeKind.Utc) : Day(5),
            Repeated = random.Next(2) == 0,
            Rating = random.Next(4) == 0 ? null : random.Next(6),
            CreatedAt = Day(20),
            UpdatedAt = Day(20),
            DeletedAt = deleted ? Day(20) : null,
            Version = random.Next(1, 4),
        };
    }
}
