using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Load;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Search;

/// <summary>An account with 200 batches of random texts, and 600 newer identical ones that precede them in the default order, so that few
/// terms are found at the head of the list.</summary>
public sealed class SearchedBatches(ApiServer server) : IAsyncLifetime
{
    private const int Random = 200;
    private const int Alike = 600;

    /// <summary>A client of the account.</summary>
    internal HttpClient Client { get; private set; } = new();

    /// <summary>The batches.</summary>
    internal IReadOnlyList<Batch> All { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var account = ApiServer.NewAccountName();
        Client = await server.CreateClientAsync(account: account);
        await using var services = server.Services.CreateAsyncScope();
        var owner = await server.AccountIdAsync(account);
        var ids = server.Services.GetRequiredService<ObjectIdGenerator>();
        var random = new Random(200);
        All = [.. Enumerable.Range(0, Random + Alike).Select(i => Make(owner, ids.Next(), i, random))];

        var db = services.ServiceProvider.GetRequiredService<BatchesContext>();
        db.Batches.AddRange(All);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        await db.Database.ExecuteSqlRawAsync(TableLayout.FillSearch, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Batch Make(int account, string id, int i, Random random)
    {
        T Pick<T>(T[] from) => from[random.Next(from.Length)];
        string? Text() => random.Next(3) == 0 ? null : Pick(RandomTexts.All);
        string[] Ids() => [.. Enumerable.Range(0, random.Next(3)).Select(_ => Pick(RandomTexts.Ids))];
        var created = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddHours(i).AddMicroseconds(random.Next(2));
        var batch = new Batch
        {
            Id = id,
            AccountId = account,
            BatchCode = string.Create(CultureInfo.InvariantCulture, $"{i}"),
            BatchType = "alike",
            Rating = random.Next(4) == 0 ? null : random.Next(6),
            CreatedAt = created,
            UpdatedAt = created,
            Version = 1,
        };
        if (i < Random)
        {
            batch.BatchCode = string.Create(CultureInfo.InvariantCulture, $"{Pick(RandomTexts.All)} {i}");
            (batch.BatchType, batch.Manager, batch.Assignee, batch.Summary, batch.Notes) =
                (Pick(RandomTexts.All), Text(), Text(), Text(), Text());
            (batch.LeadIds, batch.OpportunityIds) = (Ids(), Ids());
        }
        return batch;
    }
}
