using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <param name="Rows">The records of the page, in order.</param>
/// <param name="Total">The number of records of the list, or null if they were not counted.</param>
/// <param name="NextCursor">The cursor of the next page, or null on the last page.</param>
/// <param name="Explanation">How the list was run, or null if the client did not request it.</param>
internal sealed record ListPage(PageBuffer Rows, ListTotal? Total, string? NextCursor, QueryExplanation? Explanation = null);

/// <summary>The number of records of a list.</summary>
/// <param name="Count">The number.</param>
/// <param name="IsExact">Whether the records were counted, not estimated.</param>
internal readonly record struct ListTotal(long Count, bool IsExact)
{
    public static ListTotal Exact(long count) => new(count, IsExact: true);
}
