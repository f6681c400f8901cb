using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Storage.Reads;

/// <summary>Translates conditions to SQL with EF Core. This takes as long as the rest of a list, and the same conditions repeat: lists are
/// read page after page, and policies apply to every request. Translations are therefore kept for a minute after their last use.</summary>
/// <param name="contexts">Contexts for the translation; they do not connect.</param>
internal sealed class BatchFilterSqlCache(IDbContextFactory<BatchesContext> contexts) : IDisposable
{
    private static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(1);

    /// <summary>Maximum number of characters of the cached conditions.</summary>
    private const int MaxChars = 1_000_000;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxChars });

    /// <summary>The query for the batches of an account that meet a condition.</summary>
    public Sql Get(int accountId, bool deleted, Condition where) => where == Condition.Always
        ? AccountBatchesSql.GetSql(accountId, deleted)
        : GetOrTranslate(
            new Key(accountId, deleted, ForEstimate: false, where.ToString()),
            db => db.BatchesForAccount(accountId, deleted).WhereCondition(where));

    /// <summary>The same query, for PostgreSQL to estimate the number of batches.</summary>
    public Sql GetForEstimate(int accountId, bool deleted, Condition where) =>
        GetOrTranslate(
            new Key(accountId, deleted, ForEstimate: true, where.ToString()),
            db => db.BatchesForAccount(accountId, deleted).WhereCondition(where, forRows: false));

    /// <summary>The query for the rows of a CTE <c>candidates</c> that meet a condition.</summary>
    public Sql GetForCandidates(Condition where) =>
        GetOrTranslate(
            new Key(AccountId: null, Deleted: null, ForEstimate: false, where.ToString()), db => db.Candidates().WhereCondition(where));

    /// <summary>The query over the CTE <c>candidates</c> for the batches that a policy permits; null if there is no policy.</summary>
    public Sql? GetPermitted(Condition policy) => policy == Condition.Always ? null : GetForCandidates(policy);

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private Sql GetOrTranslate(Key key, Func<BatchesContext, IQueryable<Batch>> query)
    {
        if (_cache.TryGetValue(key, out Sql? sql))
            return sql!;
        using var db = contexts.CreateDbContext();
        var options = new MemoryCacheEntryOptions { SlidingExpiration = CacheDuration, Size = key.Where.Length };
        return _cache.Set(key, Sql.FromQuery(query(db)), options);
    }

    /// <summary>A condition, whose text contains its values.</summary>
    private readonly record struct Key(int? AccountId, bool? Deleted, bool ForEstimate, string Where);
}
