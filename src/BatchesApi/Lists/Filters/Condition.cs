using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>How two values compare.</summary>
internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A condition on a batch: typed, held against the catalogue of fields, ready to be translated. There is no negation of a whole:
/// the planner pushes it down to the leaves, since NOT over SQL's unknown would lose the records without a value.</summary>
internal abstract record Condition
{
    /// <summary>The condition that every batch meets.</summary>
    public static readonly Condition Always = new Constant(true);

    /// <summary>The condition that no batch meets.</summary>
    public static readonly Condition Never = new Constant(false);

    /// <summary>All of the conditions.</summary>
    public static Condition AllOf(params IEnumerable<Condition> parts) => Logical.Create(isAnd: true, parts);

    /// <summary>Any of the conditions.</summary>
    public static Condition AnyOf(params IEnumerable<Condition> parts) => Logical.Create(isAnd: false, parts);

    /// <summary>A value in the words of <see cref="ToString"/>.</summary>
    private protected static string Text(object value) => value switch
    {
        string text => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"",
        bool truth => truth ? "true" : "false",
        DateTime instant => Rfc3339.Format(instant),
        IEnumerable<object> items => $"[{string.Join(", ", items.Select(Text))}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}

/// <summary>Met by every batch, or by none.</summary>
internal sealed record Constant(bool IsTrue) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => IsTrue ? "always" : "never";
}

/// <summary>Conditions joined by AND or by OR; at least two, none of them <see cref="Constant"/>.</summary>
internal sealed record Logical(bool IsAnd, IReadOnlyList<Condition> Parts) : Condition
{
    /// <summary>Joins conditions, and folds what does not depend on the batch.</summary>
    public static Condition Create(bool isAnd, IEnumerable<Condition> parts)
    {
        var rest = new List<Condition>();
        foreach (var part in parts)
        {
            if (part is Constant { IsTrue: var isPositive } && isPositive != isAnd)
                return part;
            if (part is Logical joined && joined.IsAnd == isAnd)
                rest.AddRange(joined.Parts);
            else if (part is not Constant && !TryMerge(isAnd, part, rest))
                rest.Add(part);
        }
        return rest.Count switch
        {
            0 => isAnd ? Always : Never,
            1 => rest[0],
            _ => new Logical(isAnd, rest),
        };
    }

    /// <summary>Merges alternatives for an element of the same list, so that one pass over the elements looks for any of them.</summary>
    private static bool TryMerge(bool isAnd, Condition part, List<Condition> others)
    {
        if (part is not AnyElement one || one.IsPositive == isAnd)
            return false;
        var i = others.FindIndex(other => other is AnyElement same && same.Field == one.Field && same.IsPositive == one.IsPositive);
        if (i < 0)
            return false;
        others[i] = one with { Element = AnyOf(((AnyElement)others[i]).Element, one.Element) };
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(IsAnd ? " and " : " or ", Parts.Select(part => part is Logical ? $"({part})" : part.ToString()));
}

/// <summary>The field, or the element of a list, has no value (or has one).</summary>
internal sealed record IsMissing(Field Field, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} is {(IsPositive ? "" : "not ")}missing";
}

/// <summary>The field, or the element of a list, has a value and that compares so.</summary>
internal sealed record Comparison(Field Field, ComparisonOperator Operator, object Value) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {Symbol} {Text(Value)}";

    private string Symbol => Operator switch
    {
        ComparisonOperator.Equal => "=",
        ComparisonOperator.NotEqual => "<>",
        ComparisonOperator.Greater => ">",
        ComparisonOperator.GreaterOrEqual => ">=",
        ComparisonOperator.Less => "<",
        _ => "<=",
    };
}

/// <summary>The field, or the element of a list, has a value and that is one of these (or none of them).</summary>
internal sealed record OneOf(Field Field, IReadOnlyList<object> Values, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "in" : "not in")} {Text(Values)}";
}

/// <summary>The list has one element of these, or all of them (or it does not).</summary>
internal sealed record Contains(Field Field, IReadOnlyList<string> Values, bool All, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "has" : "has not")} {(All ? "all" : "any")} of {Text(Values)}";
}

/// <summary>The list is this one (or it is not).</summary>
internal sealed record ArrayEquals(Field Field, IReadOnlyList<string> Values, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "=" : "<>")} {Text(Values)}";
}

/// <summary>The list has so many elements (or it has not).</summary>
internal sealed record ArrayLength(Field Field, int Count, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"size of {Field} {(IsPositive ? "=" : "<>")} {Count}");
}

/// <summary>Some element of the list meets the condition (or none does).</summary>
internal sealed record AnyElement(Field Field, Condition Element, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{(IsPositive ? "some" : "no")} element of {Field} ({Element})";
}

/// <summary>Some searched text of the batch has the term as <c>q</c> finds it (or none has).</summary>
internal sealed record TextSearch(string Term, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"text {(IsPositive ? "has" : "has not")} {Text(Term)}";
}

/// <summary>The field, or the element of a list, has a value and that has the term, or starts with it, as <c>q</c> finds it.</summary>
internal sealed record TextMatch(Field Field, string Term, bool AtStart) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(AtStart ? "starts with" : "contains")} {Text(Term)}";
}
