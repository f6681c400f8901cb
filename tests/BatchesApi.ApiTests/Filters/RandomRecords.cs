using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Load;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Random batches of one account, with many ties, missing values and empty lists.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Client">A client of it.</param>
/// <param name="Documents">The batches in the JSON of the server.</param>
internal sealed record RandomRecords(int AccountId, HttpClient Client, IReadOnlyList<JsonObject> Documents) : IDisposable
{
    private const int Count = 200;

    /// <summary>Texts that sort differently by code point, by UTF-16 and by dictionary, and that are difficult to parse.</summary>
    public static readonly string[] Texts =
        ["", "a", "A", "b", "B", "Z", "é", "e\u0301", "\uFFFD", "😀", "null", "a,b:c|d", "\"quoted\\\"", "50%_", " a ", "Ω", "ا"];

    /// <summary>Ids of leads and opportunities.</summary>
    public static readonly string[] Ids = ["l-1", "l-2", "L-2", "l-10", "l-3", "😀", "\uFFFD", "é"];

    /// <summary>Instants.</summary>
    public static readonly string[] Dates =
        ["2026-12-01T00:00:00Z", "2026-12-01T00:00:00.000001Z", "2026-12-01T00:00:00.000002Z", "2026-11-30T21:00:00Z",
            "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"];

    /// <summary>Creates the records, which are the same in every run.</summary>
    public static async Task<RandomRecords> CreateAsync(ApiServer server)
    {
        var account = ApiServer.NewAccountName();
        var client = await server.CreateClientAsync(account: account);
        await using var services = server.Services.CreateAsyncScope();
        var accountId = await server.AccountIdAsync(account);
        var db = services.ServiceProvider.GetRequiredService<BatchesContext>();
        var random = new Random(20_261_201);
        for (var i = 0; i < Count; i++)
            db.Batches.Add(Make(i, accountId, services.ServiceProvider.GetRequiredService<ObjectIdGenerator>(), random));
        await db.SaveChangesAsync();
        await db.Database.ExecuteSqlRawAsync(TableLayout.FillSearch, TestContext.Current.CancellationToken);

        var page = await client.SendAsync("GET", $"{Http.Batches}?limit=1000").JsonAsync();
        Assert.Equal(Count, (int?)page["total"]);
        return new RandomRecords(accountId, client, [.. page["data"]!.AsArray().Select(batch => batch!.AsObject())]);
    }

    /// <summary>The ids of the documents that meet a value of <c>p</c>, sorted.</summary>
    public IEnumerable<string> Matching(string p)
    {
        var query = JsonNode.Parse(p)!.AsObject();
        return Documents.Where(document => MongoSemantics.Matches(document, query))
            .Select(d => (string)d["id"]!).Order(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private static Batch Make(int i, int accountId, ObjectIdGenerator ids, Random random)
    {
        T? Maybe<T>(Func<T> make)
            where T : class => random.Next(3) == 0 ? null : make();
        string Text() => Texts[random.Next(Texts.Length)];
        string[] Items() => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Ids[random.Next(Ids.Length)])];
        DateTime Date() => DateTime.Parse(Dates[random.Next(Dates.Length)], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

        return new Batch
        {
            Id = ids.Next(),
            AccountId = accountId,
            BatchCode = string.Create(CultureInfo.InvariantCulture, $"{(i % 2 == 0 ? 'B' : 'b')}-{i}"),
            BatchType = Text(),
            Manager = Maybe(Text),
            Assignee = Maybe(Text),
            DueDate = random.Next(3) == 0 ? null : Date(),
            Repeated = random.Next(2) == 0,
            Summary = Maybe(Text),
            Notes = Maybe(Text),
            LeadIds = Items(),
            OpportunityIds = random.Next(2) == 0 ? [] : Items(),
            Rating = random.Next(3) == 0 ? null : random.Next(6),
            CreatedAt = Date(),
            UpdatedAt = Date(),
            Version = random.Next(1, 4),
        };
    }
}
