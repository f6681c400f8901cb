using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

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
    IReadOnlyList<OrderKey> Order,
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
        Constant { IsTrue: true } => [],
        Logical { IsAnd: true, Parts: var parts } => parts,
        _ => [Where],
    };

    /// <summary>Whether it looks for text, of which neither we nor PostgreSQL can tell how often it occurs.</summary>
    public bool HasTextSearch => Parts.Any(part => Contains(part, one => one is TextSearch { IsPositive: true }));

    /// <summary>Whether few records are likely to match, which an index finds in no order.</summary>
    public bool UsesGinIndex => Parts.Any(part => Contains(part, one => one is Contains { IsPositive: true }));

    /// <summary>Whether records of the list may be without a value of a field.</summary>
    public bool MayBeMissing(Field field) => field.IsNullable && !(Deleted && field.Origin == FieldOrigin.Deletion);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Deleted ? "deleted" : "living")} of account {AccountId} where {Where} by {string.Join(", ", Order)}; {Limit} from "
        + $"{(After is null ? Offset : "a cursor")}; count {Count}";

    private static bool Contains(Condition part, Func<Condition, bool> isSuch) =>
        isSuch(part) || (part is Logical { IsAnd: false, Parts: var parts } && parts.Any(isSuch));
}
