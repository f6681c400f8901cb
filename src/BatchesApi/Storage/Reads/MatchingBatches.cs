using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>The queries for the batches of an account that meet a condition, in no order. If an index finds few batches for a part of the
/// condition, they start there.</summary>
internal sealed class MatchingBatches
{
    private readonly Sql _matching;
    private readonly Sql _with;

    private MatchingBatches(Sql matching, Sql with) => (_matching, _with) = (matching, with);

    /// <summary>The query for the number of the batches.</summary>
    public Sql Count => $"{_with}{ListSql.Count(_matching, bound: null)}";

    /// <summary>Chooses how to find the batches.</summary>
    /// <param name="filters">Translates the condition.</param>
    /// <param name="connection">An open connection.</param>
    /// <param name="options">The database options.</param>
    /// <param name="statistics">What earlier lists showed.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="deleted">Whether to find deleted batches instead of active ones.</param>
    /// <param name="where">The condition.</param>
    /// <param name="cancellation">Cancels the choice.</param>
    public static async Task<MatchingBatches> CreateAsync(
        BatchFilterSqlCache filters,
        NpgsqlConnection connection,
        DatabaseOptions options,
        ListStatisticsCache statistics,
        int accountId,
        bool deleted,
        Condition where,
        CancellationToken cancellation)
    {
        var list = new ListPlan(accountId, deleted, where, [], After: null, Page: 1, Limit: 1, CountMode.Exact, FieldSet.All);
        var finder = new ListDriverFinder(filters, new ListExecutor(connection, options, cancellation), statistics, list);
        return await finder.FindAsync(ListStrategy.MaxCandidates) is { } driver
            ? new MatchingBatches(driver.Filter, ListSql.WithCandidates(driver.Candidates))
            : new MatchingBatches(filters.Get(accountId, deleted, where), Sql.Empty);
    }

    /// <summary>The query for ids of the batches, up to a maximum number.</summary>
    public Sql FirstIds(int max) => $"{_with}SELECT b.id FROM ({_matching}) AS b LIMIT {Sql.Literal(max)}";
}
