using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>How the page of a list is found.</summary>
internal enum ListMethod
{
    /// <summary>Not at all: it is beyond every possible record, and empty.</summary>
    None,

    /// <summary>Records are read in order until the page is full (<c>walk</c>).</summary>
    Scan,

    /// <summary>Records are read in order from the nearer end of a list whose total is known (<c>walk</c>).</summary>
    ScanFromNearerEnd,

    /// <summary>The first records in order are searched (<c>head</c>). If they do not fill the page, more of them are, or matches are
    /// collected.</summary>
    Probe,

    /// <summary>An index finds all matches in no order, and they are sorted (<c>gather</c>). If there are too many, records are
    /// filtered in order.</summary>
    Collect,

    /// <summary>Records are read in order, one after the other, and filtered until the page is full (<c>walk</c>).</summary>
    Filter,
}

/// <summary>When the records of a list are counted.</summary>
internal enum CountTime
{
    /// <summary>Never: the client does not want the total, or a recent estimate is good enough.</summary>
    Never,

    /// <summary>Before the page is read.</summary>
    BeforePage,

    /// <summary>In the same round trip as the page.</summary>
    WithPage,

    /// <summary>After the page is read, unless the page gives the total.</summary>
    AfterPage,
}

/// <summary>How a list is run, so that it stays cheap however many batches there are; see
/// <c>docs/decisions/0006-ways-to-run-a-list.md</c>.</summary>
/// <param name="Method">How the page is found.</param>
/// <param name="Count">When the records are counted.</param>
/// <param name="Estimate">The estimated total, if it replaces a count.</param>
internal sealed record ListStrategy(ListMethod Method, CountTime Count, ListTotal? Estimate = null)
{
    /// <summary>Maximum number of records to collect, and to count unless the client requests an exact total (specification, section
    /// 3).</summary>
    public const int MaxCounted = 10_000;

    /// <summary>Maximum number of entries of an index to collect: a batch has an entry for each part in which it matches.</summary>
    public const int MaxCandidates = 2 * MaxCounted;

    /// <summary>Maximum estimated number of entries of an index to count; above it, matches are so frequent that reading the batches
    /// themselves is faster.</summary>
    public const int MaxCountedEntries = 50_000;

    /// <summary>Maximum number of batches that are named in a condition.</summary>
    public const int MaxNamed = 100;

    /// <summary>Minimum number of records to probe.</summary>
    public const int MinProbe = 500;

    /// <summary>Maximum number of records to probe.</summary>
    public const int MaxProbe = 20_000;

    /// <summary>The growth of a probe if the last one found nothing.</summary>
    private const int ProbeGrowth = 6;

    /// <summary>Number of skipped records from which an exact count comes first, so that the page can be read from the nearer
    /// end.</summary>
    private const long CountFirstOffset = 1_000;

    /// <summary>Chooses the strategy for a list.</summary>
    public static ListStrategy Choose(ListPlan plan, ListStatisticsCache statistics)
    {
        var counts = plan.Count != CountMode.None;
        if (plan.Offset > int.MaxValue)
            return new(ListMethod.None, counts ? CountTime.BeforePage : CountTime.Never);

        var afterPage = counts ? CountTime.AfterPage : CountTime.Never;
        if (plan.HasTextSearch || plan.UsesGinIndex)
            return new(ChooseSearch(plan, statistics.GetMatches(plan).Frequency), afterPage);
        if (plan is { Count: CountMode.Exact, Offset: >= CountFirstOffset })
            return new(ListMethod.ScanFromNearerEnd, CountTime.BeforePage);
        if (plan.Count == CountMode.Bounded && statistics.GetEstimate(plan) is { } estimate)
            return new(ListMethod.Scan, CountTime.Never, new ListTotal(estimate, IsExact: false));

        // A count that no index serves may take as long as finding the page, which may give the total.
        return new(ListMethod.Scan, counts && plan.IsIndexOnlyOrder ? CountTime.WithPage : afterPage);
    }

    /// <summary>Number of records to probe first: more for a later page.</summary>
    public static long GetFirstProbe(ListPlan plan) => Math.Max(MinProbe, 2 * GetWanted(plan));

    /// <summary>Number of records to probe if the last probe did not fill the page: as many as should, by the frequency of the
    /// matches.</summary>
    /// <param name="plan">The list.</param>
    /// <param name="probed">Number of records of the last probe.</param>
    /// <param name="onPage">Number of records that it found for the page.</param>
    public static long GetNextProbe(ListPlan plan, long probed, int onPage) => onPage == 0
        ? ProbeGrowth * probed
        : Math.Max(2 * probed, probed * 2 * GetWanted(plan) / (plan.Offset + onPage));

    /// <summary>Whether matches can be collected for a page. Otherwise there must be so many before it that they are read in
    /// order.</summary>
    public static bool CanCollect(ListPlan plan) => plan.Offset + plan.Limit <= MaxCounted;

    /// <summary>Whether all matches were collected.</summary>
    /// <param name="found">Number of collected records.</param>
    /// <param name="candidates">Number of entries of the index that were read for them.</param>
    public static bool IsComplete(long found, long candidates) => found <= MaxCounted && candidates <= MaxCandidates;

    /// <summary>Chooses the nearer end for a page of a list whose total is known.</summary>
    /// <returns>The number of records to skip and to read, from the start or the end of the list.</returns>
    public static (bool FromEnd, long Skip, int Take) ChooseEnd(ListPlan plan, long total)
    {
        var take = (int)Math.Clamp(total - plan.Offset, 0, plan.Limit);
        return plan.Offset > total / 2 ? (true, total - plan.Offset - take, take) : (false, plan.Offset, take);
    }

    private static ListMethod ChooseSearch(ListPlan plan, MatchFrequency frequency) => frequency switch
    {
        MatchFrequency.Rare => ListMethod.Collect,
        MatchFrequency.Frequent => ListMethod.Filter,
        MatchFrequency.FrequentAtHead when plan is { Offset: 0, After: null } => ListMethod.Filter,
        _ => plan.HasTextSearch && BatchIndex.HasOrder(plan.Order[0].Field) ? ListMethod.Probe : ListMethod.Collect,
    };

    /// <summary>Number of matches that fill the page and show whether there is a next one.</summary>
    private static long GetWanted(ListPlan plan) => plan.Offset + plan.Limit + 1;
}
