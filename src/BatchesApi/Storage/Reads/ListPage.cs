using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>A page of a list.</summary>
/// <param name="Rows">The records of the page, in order.</param>
/// <param name="Total">The records of the whole list; null where they were not counted.</param>
/// <param name="NextCursor">Where the list goes on; null on the last page.</param>
/// <param name="Explanation">How the list was found; null where nobody asked.</param>
internal sealed record ListPage(PageBuffer Rows, ListTotal? Total, string? NextCursor, QueryExplanation? Explanation = null);

/// <summary>How many records a list has.</summary>
/// <param name="Count">How many.</param>
/// <param name="IsExact">Whether they were counted, not estimated.</param>
internal readonly record struct ListTotal(long Count, bool IsExact);
