namespace BatchesApi.Lists.Filters;

/// <summary>A filter as the client wrote it: parsed, but not yet checked against the fields of a batch (specification, section
/// 3).</summary>
internal abstract record FilterNode;

/// <summary>Filters combined into one.</summary>
/// <param name="Operator">The operator that combines them.</param>
/// <param name="Filters">The filters. Without any, every record matches <c>and</c>.</param>
internal sealed record LogicalFilter(LogicalOperator Operator, IReadOnlyList<FilterNode> Filters) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{Operator.ToString().ToLowerInvariant()}({string.Join("; ", Filters)})";
}

/// <summary>Conditions on one field, all of which must hold.</summary>
/// <param name="Location">The location of the name.</param>
/// <param name="Name">The name of the field, which may be unknown.</param>
/// <param name="Conditions">The conditions.</param>
internal sealed record FieldFilter(SourceLocation Location, string Name, IReadOnlyList<OperatorFilter> Conditions) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {string.Join(", ", Conditions)}";
}

/// <summary>One condition on a field.</summary>
/// <param name="Location">The location of the operator, or of the value if there is no operator.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Value">The operand; null for <c>$not</c> and <c>$elemMatch</c>.</param>
/// <param name="Conditions">The conditions that <c>$not</c> and <c>$elemMatch</c> apply to.</param>
internal sealed record OperatorFilter(
    SourceLocation Location, FilterOperator Operator, FilterValue? Value, IReadOnlyList<OperatorFilter> Conditions)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{FieldsOperators.GetName(Operator)} {(Value is null ? $"({string.Join(", ", Conditions)})" : Value.ToString())}";
}

/// <summary>A term of <c>q</c>.</summary>
/// <param name="Location">The location of the term.</param>
/// <param name="Text">The term, without quotes.</param>
/// <param name="Excluded">Whether the term must not occur.</param>
internal sealed record TermFilter(SourceLocation Location, string Text, bool Excluded) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Excluded ? "-" : "")}\"{Text}\"";
}

/// <summary>The kind of a value as written, before it is read by the type of a field.</summary>
internal enum FilterValueKind
{
    Null,

    /// <summary>A JSON string.</summary>
    Text,

    /// <summary>A JSON number.</summary>
    Number,

    Boolean,

    /// <summary>A value in <c>fields</c>, which has the type of its field.</summary>
    Word,

    List,

    /// <summary>A relative value.</summary>
    Relative,

    /// <summary>A JSON object, which no field accepts.</summary>
    Object,
}

/// <summary>A value in a condition.</summary>
/// <param name="Location">The location of the value.</param>
/// <param name="Kind">The kind of the value.</param>
/// <param name="Text">The decoded text, or the number or truth value as written.</param>
/// <param name="Items">The items of a list.</param>
internal sealed record FilterValue(SourceLocation Location, FilterValueKind Kind, string Text, IReadOnlyList<FilterValue> Items)
{
    /// <summary>A value other than a list.</summary>
    public FilterValue(SourceLocation location, FilterValueKind kind, string text)
        : this(location, kind, text, [])
    {
    }

    /// <summary>A relative value.</summary>
    public FilterValue(SourceLocation location, RelativeValue relative)
        : this(location, FilterValueKind.Relative, $"{relative}") => Relative = relative;

    /// <summary>The value, if it is relative.</summary>
    public RelativeValue? Relative { get; }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        FilterValueKind.Text or FilterValueKind.Word => $"\"{Text}\"",
        FilterValueKind.List => $"[{string.Join(", ", Items)}]",
        _ => Text,
    };
}
