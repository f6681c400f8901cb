using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>Finds the total of a list.</summary>
/// <param name="executor">Runs the counts.</param>
/// <param name="plan">The list.</param>
/// <param name="matching">The query for its records.</param>
/// <param name="matchingForEstimate">The same, for PostgreSQL to estimate their number.</param>
/// <param name="statistics">Remembers large lists.</param>
internal sealed class ListCounter(
    ListExecutor executor, ListPlan plan, Func<Sql> matching, Func<Sql> matchingForEstimate, ListStatisticsCache statistics)
{
    private const int MaxCounted = ListStrategy.MaxCounted;

    /// <summary>The total that a page gives; null if it gives none. Only the last page gives one, unless it is beyond the end. Beyond the
    /// bound, the total is an estimate on every page.</summary>
    public static ListTotal? FromPage(ListPlan plan, int onPage, bool hasMore)
    {
        var count = plan.Offset + onPage;
        return plan is { Count: not CountMode.None, After: null }
            && !hasMore
            && (onPage > 0 || plan.Offset == 0)
            && (plan.Count == CountMode.Exact || count <= MaxCounted)
            ? ListTotal.Exact(count)
            : null;
    }

    /// <summary>The statement that counts as far as the client requests.</summary>
    public ListStatement Statement => CountUpTo(ListStatement.Count, Bound);

    private int? Bound => plan.Count == CountMode.Exact ? null : MaxCounted + 1;

    public Task<ListTotal> CountAsync() => CountAsync(Statement);

    /// <summary>Counts among candidates.</summary>
    public Task<ListTotal> CountAsync(ListDriver driver) =>
        CountAsync(new ListStatement(ListStatement.Count, ListSql.CountCandidates(driver, Bound), IsPlannedOnce: true));

    /// <summary>The total for a result of <see cref="Statement"/>: beyond the bound, PostgreSQL's estimate.</summary>
    /// <param name="count">The result.</param>
    /// <param name="remember">Whether to find out if the list is so large that the estimate is good enough for a while. This takes another
    /// count.</param>
    public async Task<ListTotal> FromCountAsync(long count, bool remember)
    {
        if (plan.Count == CountMode.Exact || count <= MaxCounted)
            return ListTotal.Exact(count);

        var explain = new ListStatement(null, $"EXPLAIN (FORMAT JSON) {matchingForEstimate()}", plan.IsIndexOnlyOrder);
        await using var results = await executor.RunAsync(remember ? [explain, CountUpTo(null, 2 * MaxCounted)] : [explain]);
        var estimate = Math.Max(ExplainStep.ParseEstimate(await results.ReadTextAsync()), MaxCounted + 1);
        if (remember && await results.ReadNumberAsync() == 2 * MaxCounted)
            statistics.RememberLarge(plan, estimate);
        return new ListTotal(estimate, IsExact: false);
    }

    private async Task<ListTotal> CountAsync(ListStatement statement) =>
        await FromCountAsync(await executor.ReadNumberAsync(statement), remember: false);

    private ListStatement CountUpTo(string? step, int? bound) => new(step, ListSql.Count(matching(), bound), plan.IsIndexOnlyOrder);
}
