using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>One key of an order. Records without a value come last in both directions.</summary>
internal readonly record struct OrderKey(Field Field, bool Descending)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(Descending ? "desc" : "asc")}";
}

/// <summary>A validated list request: plain data, everything that is needed to run it.</summary>
/// <param name="AccountId">The account whose batches are listed.</param>
/// <param name="Deleted">Whether to list the deleted batches instead of the active ones.</param>
/// <param name="Where">The condition on the records, without relative values.</param>
/// <param name="Order">The sort keys. The last one is unique, so that the order is total.</param>
/// <param name="After">The sort key values of the record before the page; null if the page has a number.</param>
/// <param name="Page">The page number, 1-based; 1 if <paramref name="After"/> is set.</param>
/// <param name="Limit">Maximum number of records on a page.</param>
/// <param name="Count">How to count the records.</param>
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
    /// <summary>The condition as the client and the policy state it, with its relative values. It identifies the list.</summary>
    public Condition Symbolic { get => field ?? Where; init; }

    /// <summary>The time from which the relative values of the filters count, UTC. All pages that a cursor connects have the
    /// same.</summary>
    public DateTime Now { get; init; }

    /// <summary>The name of the caller, if the condition refers to it.</summary>
    public string Me { get; init; } = "";

    /// <summary>The form of CSV in which the records are written; null for JSON.</summary>
    public CsvForm? Csv { get; init; }

    /// <summary>Number of records before the page.</summary>
    public long Offset => (Page - 1L) * Limit;

    /// <summary>The conditions that must all hold.</summary>
    public IEnumerable<Condition> Parts => Where switch
    {
        Constant { IsTrue: true } => [],
        Logical { IsAnd: true, Parts: var parts } => parts,
        _ => [Where],
    };

    /// <summary>Whether it searches for text. Neither we nor PostgreSQL can estimate how often a text occurs.</summary>
    public bool HasTextSearch => Parts.Any(part => Matches(part, one => one is TextSearch { IsPositive: true }));

    /// <summary>Whether it can use a GIN index, which finds what are likely few records, without an order.</summary>
    public bool UsesGinIndex => Parts.Any(part => Matches(part, one => one is Contains { IsPositive: true }));

    /// <summary>What is read, which determines how long it takes.</summary>
    public string Extent => $"page by {string.Join(", ", Order)} {Count} {Offset} {Limit} {string.Join(", ", After ?? [])}";

    /// <summary>Whether records of the list may have no value of the field.</summary>
    public bool MayBeMissing(Field field) => field.IsNullable && !(Deleted && field.Origin == FieldOrigin.Deletion);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Deleted ? "deleted" : "active")} of account {AccountId} where {Where} by {string.Join(", ", Order)}; {Limit} from "
        + $"{(After is null ? Offset : "a cursor")}; count {Count}";

    private static bool Matches(Condition part, Func<Condition, bool> predicate) =>
        predicate(part) || (part is Logical { IsAnd: false, Parts: var parts } && parts.Any(predicate));
}
