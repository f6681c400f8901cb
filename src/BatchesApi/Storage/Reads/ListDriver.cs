using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Reads;

/// <summary>The condition of a list by which an index finds fewest batches.</summary>
/// <param name="Ids">The query for the ids of the batches that meet it, some of them several times.</param>
/// <param name="Rows">The batches with these ids.</param>
/// <param name="Filter">The query over the CTE <c>candidates</c> for those that meet the other conditions.</param>
internal sealed record ListDriver(Sql Ids, CandidateRows Rows, Sql Filter)
{
    /// <summary>The candidates.</summary>
    public Sql Candidates => Rows.From($"({Ids})");
}

/// <summary>Finds the driver of a list.</summary>
/// <param name="filters">Translates the conditions of the list.</param>
/// <param name="executor">Runs the estimates.</param>
/// <param name="statistics">What earlier lists showed.</param>
/// <param name="plan">The list.</param>
internal sealed class ListDriverFinder(
    BatchFilterSqlCache filters, ListExecutor executor, ListStatisticsCache statistics, ListPlan plan)
{
    /// <summary>The conditions that the GIN indexes serve.</summary>
    private IReadOnlyList<Condition> Indexed => field ??= IndexedConditions.Find(plan);

    /// <summary>How frequent the matches of the list are, as far as it is known. Only lists with such conditions ask.</summary>
    public MatchStatistics Matches
    {
        get => field ??= statistics.GetMatches(plan);
        private set;
    }

    public void Remember(MatchStatistics matches) => statistics.RememberMatches(plan, Matches = matches);

    /// <summary>Finds the condition by which an index finds fewest batches, by PostgreSQL's estimate.</summary>
    /// <param name="max">Maximum estimated number of entries to read from the index.</param>
    /// <returns>The driver, or null if no condition finds so few.</returns>
    public async Task<ListDriver?> FindAsync(long max)
    {
        if (Indexed.Count == 0)
            return null;
        if (Matches.Driver is not { } index)
        {
            // A single condition on array elements is met by few batches, and no order finds them faster.
            var estimates = Indexed.Count == 1 && !plan.HasTextSearch
                ? [0]
                : await executor.EstimateAsync(Indexed.Select(IndexedConditions.FindInAllAccounts));
            (index, var estimate) = estimates.Index().MinBy(estimate => estimate.Item);
            Remember(Matches with { Driver = index, Estimate = estimate });
        }
        if (Matches.Estimate > max)
            return null;
        var driver = Indexed[index];
        var others = Condition.AllOf(plan.Parts.Where(part => !ReferenceEquals(part, driver)));
        return new ListDriver(
            IndexedConditions.FindIds(driver, plan.AccountId),
            new CandidateRows(plan.AccountId, plan.Deleted),
            others == Condition.Always ? Sql.Raw("SELECT * FROM candidates") : filters.GetForCandidates(others));
    }
}
