using BatchesApi.Lists.Filters;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>Makes selections of conditions: EF Core translates them. That takes as long as the rest of a list, so those of the last minute are
/// remembered: lists are asked for page after page, and policies with every request.</summary>
/// <param name="contexts">Translate; they are not connected.</param>
internal sealed class BatchFilterSqlCache(IDbContextFactory<BatchesContext> contexts) : IDisposable
{
    private static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(1);

    /// <summary>Most characters of conditions that are remembered.</summary>
    private const int MaxEntries = 1_000_000;

    private readonly MemoryCache _translated = new(new MemoryCacheOptions { SizeLimit = MaxEntries });

    /// <summary>The batches of a list that meet a condition.</summary>
    /// <param name="accountId">Whose batches.</param>
    /// <param name="deleted">Whether the deleted ones, or the living.</param>
    /// <param name="where">The condition.</param>
    public BatchFilterSql Get(int accountId, bool deleted, Condition where)
    {
        if (where == Condition.Always)
            return new BatchFilterSql(AccountBatchesSql.GetSql(deleted), [new NpgsqlParameter<int>(AccountBatchesSql.AccountParameter, accountId)]);

        // The text of a condition tells all of it, the values too.
        var key = new Key(accountId, deleted, where.ToString());
        if (!_translated.TryGetValue(key, out BatchFilterSql? selection))
        {
            using var db = contexts.CreateDbContext();
            selection = BatchFilterSql.FromQuery(db.BatchesForAccount(accountId, deleted).WhereCondition(where));
            _translated.Set(key, selection, new MemoryCacheEntryOptions { SlidingExpiration = CacheDuration, Size = key.Where.Length });
        }

        // A parameter belongs to one command only.
        return selection! with { Parameters = [.. selection!.Parameters.Select(parameter => parameter.Clone())] };
    }

    /// <inheritdoc/>
    public void Dispose() => _translated.Dispose();

    private readonly record struct Key(int AccountId, bool Deleted, string Where);
}
