using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A condition on a batch: typed, validated against the catalogue of fields, ready to be translated. Only leaves can be negated,
/// because NOT over SQL's unknown would lose the records without a value.</summary>
/// <remarks>Cursors contain a digest of the text of the conditions (<see cref="Cursor"/>). A change of any text makes them
/// invalid.</remarks>
internal abstract record Condition
{
    /// <summary>Every batch meets it.</summary>
    public static readonly Condition Always = new Constant(true);

    /// <summary>No batch meets it.</summary>
    public static readonly Condition Never = new Constant(false);

    /// <summary>Whether it contains a <see cref="RelativeValue"/>.</summary>
    public virtual bool IsRelative => false;

    public static Condition AllOf(params IEnumerable<Condition> parts) => Logical.Create(isAnd: true, parts);

    public static Condition AnyOf(params IEnumerable<Condition> parts) => Logical.Create(isAnd: false, parts);

    /// <summary>The fields on which it depends.</summary>
    public FieldSet GetFields() => this switch
    {
        Logical(_, var parts) => Union(parts.Select(part => part.GetFields())),
        IsMissing(var field, _) => Only(field),
        Comparison(var field, _, _) => Only(field),
        OneOf(var field, _, _) => Only(field),
        Contains(var field, _, _, _) => Only(field),
        ArrayEquals(var field, _, _) => Only(field),
        ArrayLength(var field, _, _) => Only(field),
        AnyElement(var field, _, _) => Only(field),
        TextMatch(var field, _, _, _) => Only(field),
        TextSearch => Union(BatchFields.All.Where(field => field.IsSearched).Select(Only)),
        _ => default,
    };

    /// <summary>The condition with the values that its relative values have in a request, as SQL needs it. The same object if it is not
    /// relative.</summary>
    public Condition Resolve(RelativeValues values) => IsRelative ? ResolveValues(values) : this;

    private static FieldSet Only(Field field) => default(FieldSet).With(field);

    private static FieldSet Union(IEnumerable<FieldSet> sets) => new(sets.Aggregate(0u, (bits, set) => bits | set.Bits));

    /// <summary>Resolves a condition that is relative.</summary>
    private protected virtual Condition ResolveValues(RelativeValues values) => this;

    /// <summary>A value as text, for <see cref="ToString"/>. Text is in quotes, so that it differs from a relative value.</summary>
    private protected static string Text(object value) => value switch
    {
        string text => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"",
        bool truth => truth ? "true" : "false",
        DateTime instant => Rfc3339.Format(instant),
        IEnumerable<object> items => $"[{string.Join(", ", items.Select(Text))}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}

/// <summary>Every batch meets it, or no batch.</summary>
internal sealed record Constant(bool IsTrue) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => IsTrue ? "always" : "never";
}

/// <summary>Two or more conditions combined by AND or OR, none of them <see cref="Constant"/>.</summary>
internal sealed record Logical(bool IsAnd, IReadOnlyList<Condition> Parts) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Parts.Any(part => part.IsRelative);

    /// <summary>Combines conditions. Flattens nested ones and folds constants.</summary>
    public static Condition Create(bool isAnd, IEnumerable<Condition> parts)
    {
        var rest = new List<Condition>();
        foreach (var part in parts)
        {
            if (part is Constant { IsTrue: var isPositive } && isPositive != isAnd)
                return part;
            foreach (var one in part is Logical nested && nested.IsAnd == isAnd ? nested.Parts : [part])
            {
                if (one is not Constant && !TryMerge(isAnd, one, rest))
                    rest.Add(one);
            }
        }
        return rest.Count switch
        {
            0 => isAnd ? Always : Never,
            1 => rest[0],
            _ => new Logical(isAnd, rest),
        };
    }

    /// <summary>Merges alternatives for an element of the same array, so that they take one pass over the elements.</summary>
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

    private protected override Condition ResolveValues(RelativeValues values) => Create(IsAnd, Parts.Select(part => part.Resolve(values)));
}

/// <summary>The field has no value, or, if negated, has one.</summary>
internal sealed record IsMissing(Field Field, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} is {(IsPositive ? "" : "not ")}missing";
}

/// <summary>The field, or the element of an array field, has a value that compares with another.</summary>
internal sealed record Comparison(Field Field, ComparisonOperator Operator, object Value) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Value is RelativeValue;

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

    private protected override Condition ResolveValues(RelativeValues values) =>
        this with { Value = RelativeValue.Resolve(Value, values) };
}

/// <summary>The field, or the element of an array field, has a value that is one of these (or is not).</summary>
internal sealed record OneOf(Field Field, IReadOnlyList<object> Values, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Values.Any(value => value is RelativeValue);

    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "in" : "not in")} {Text(Values)}";

    private protected override Condition ResolveValues(RelativeValues values) =>
        this with { Values = [.. RelativeValue.Resolve(Values, values).Distinct()] };
}

/// <summary>The array contains any of these texts, or all of them (or does not).</summary>
internal sealed record Contains(Field Field, IReadOnlyList<object> Values, bool All, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Values.Any(value => value is RelativeValue);

    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "has" : "has not")} {(All ? "all" : "any")} of {Text(Values)}";

    private protected override Condition ResolveValues(RelativeValues values) =>
        this with { Values = [.. RelativeValue.Resolve(Values, values).Distinct()] };
}

/// <summary>The array has exactly these elements in this order (or does not).</summary>
internal sealed record ArrayEquals(Field Field, IReadOnlyList<object> Values, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Values.Any(value => value is RelativeValue);

    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(IsPositive ? "=" : "<>")} {Text(Values)}";

    private protected override Condition ResolveValues(RelativeValues values) =>
        this with { Values = RelativeValue.Resolve(Values, values) };
}

/// <summary>The array has this number of elements (or does not).</summary>
internal sealed record ArrayLength(Field Field, int Count, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"size of {Field} {(IsPositive ? "=" : "<>")} {Count}");
}

/// <summary>An element of the array meets the condition (or none does).</summary>
internal sealed record AnyElement(Field Field, Condition Element, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Element.IsRelative;

    /// <inheritdoc/>
    public override string ToString() => $"{(IsPositive ? "some" : "no")} element of {Field} ({Element})";

    private protected override Condition ResolveValues(RelativeValues values) => this with { Element = Element.Resolve(values) };
}

/// <summary>A searched field of the batch contains the term, by the rules of <c>q</c> (or none does).</summary>
internal sealed record TextSearch(string Term, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override string ToString() => $"text {(IsPositive ? "has" : "has not")} {Text(Term)}";
}

/// <summary>The text field has a value that contains the term, or starts with it, after folding (or has a value that does
/// not).</summary>
internal sealed record TextMatch(Field Field, object Term, bool AtStart, bool IsPositive) : Condition
{
    /// <inheritdoc/>
    public override bool IsRelative => Term is RelativeValue;

    /// <inheritdoc/>
    public override string ToString() => $"{Field} {Relation} {Text(Term)}";

    private string Relation => (AtStart, IsPositive) switch
    {
        (true, true) => "starts with",
        (true, false) => "does not start with",
        (false, true) => "contains",
        (false, false) => "does not contain",
    };

    private protected override Condition ResolveValues(RelativeValues values) =>
        TextConditions.Match(Field, (string)RelativeValue.Resolve(Term, values), AtStart, IsPositive);
}
