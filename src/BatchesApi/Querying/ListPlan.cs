using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;

namespace BatchesApi.Querying;

/// <summary>A list held against the catalogue: plain data, all that is needed to run it.</summary>
/// <param name="Deleted">Whether it lists the deleted batches instead of the living ones.</param>
/// <param name="Where">The condition that its records meet.</param>
/// <param name="Order">The keys, ending in <c>id</c>, so that the order is total.</param>
/// <param name="Page">The page, from 1 on.</param>
/// <param name="Limit">Records a page.</param>
/// <param name="Count">How to count.</param>
/// <param name="Keep">The fields to keep in each record.</param>
internal sealed record ListPlan(
    bool Deleted, Condition Where, IReadOnlyList<SortKey> Order, int Page, int Limit, CountMode Count, FieldSet Keep)
{
    /// <summary>Records before the page.</summary>
    public long Offset => (Page - 1L) * Limit;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Deleted ? "deleted" : "living")} where {Where} by {string.Join(", ", Order)}; {Limit} from {Offset}; count {Count}";
}
