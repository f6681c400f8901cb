using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;

namespace BatchesApi.Querying;

/// <summary>A list held against the catalogue: plain data, all that is needed to run it.</summary>
/// <param name="AccountId">The account whose batches it lists.</param>
/// <param name="Deleted">Whether it lists the deleted batches instead of the living ones.</param>
/// <param name="Where">The condition that its records meet.</param>
/// <param name="Order">The keys, the last of which no two batches share, so that the order is total.</param>
/// <param name="After">The values, by key, of the record that it goes on after; null where it begins at a page.</param>
/// <param name="Page">The page, from 1 on; 1 where it goes on after a record.</param>
/// <param name="Limit">Records a page.</param>
/// <param name="Count">How to count.</param>
/// <param name="Keep">The fields to keep in each record.</param>
internal sealed record ListPlan(
    int AccountId,
    bool Deleted,
    Condition Where,
    IReadOnlyList<SortKey> Order,
    IReadOnlyList<object?>? After,
    int Page,
    int Limit,
    CountMode Count,
    FieldSet Keep)
{
    /// <summary>Records before the page.</summary>
    public long Offset => (Page - 1L) * Limit;

    /// <summary>The conditions that must all hold.</summary>
    public IEnumerable<Condition> Parts => Where switch
    {
        Fixed { Holds: true } => [],
        Joined { IsAnd: true, Parts: var parts } => parts,
        _ => [Where],
    };

    /// <summary>Whether it looks for text, of which neither we nor PostgreSQL can tell how often it occurs.</summary>
    public bool Searches => Parts.Any(part => Holds(part, one => one is Searched { Holds: true }));

    /// <summary>Whether few records are likely to match, which an index finds in no order.</summary>
    public bool Gathers => Parts.Any(part => Holds(part, one => one is Contains { Holds: true }));

    /// <summary>Whether an index holds just these records in just this order, so that there is one good way to run it, whatever the values.</summary>
    public bool IsCovered
    {
        get
        {
            var equal = Parts.Select(part => part is Compared { Comparison: Comparison.Equal } one && !BatchIndex.MayBeTooLong(one.Field) ? one.Field : null).ToList();
            var order = Order.Select(key => key.Field);
            return Order.DistinctBy(key => key.Descending).Count() == 1 && BatchIndex.All.Any(index =>
                index.Fields.Take(equal.Count).All(equal.Contains) && index.Fields.Skip(equal.Count).SequenceEqual(order));
        }
    }

    /// <summary>Records before a page from which on it takes noticeable time to get there, even in an index.</summary>
    private const int FarOffset = 10_000;

    /// <summary>Whether it may read all batches of the account, and so keep a processor of the database busy for long.</summary>
    public bool MayScan => !IsCovered || Count == CountMode.Exact || Offset > FarOffset;

    /// <summary>Whether records of the list may be without a value of a field.</summary>
    public bool MayBeMissing(Field field) => field.IsNullable && !(Deleted && field.Origin == FieldOrigin.Deletion);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Deleted ? "deleted" : "living")} of account {AccountId} where {Where} by {string.Join(", ", Order)}; {Limit} from "
        + $"{(After is null ? Offset : "a cursor")}; count {Count}";

    private static bool Holds(Condition part, Func<Condition, bool> isSuch) =>
        isSuch(part) || (part is Joined { IsAnd: false, Parts: var parts } && parts.Any(isSuch));
}
