namespace BatchesApi.Lists.Filters;

/// <summary>A filter of the records of a list as the client wrote it: understood as a language, not held against the fields of a
/// batch yet (specification, section 3).</summary>
internal abstract record FilterNode;

/// <summary>Filters joined to one.</summary>
/// <param name="Operator">How.</param>
/// <param name="Filters">The filters; none stands for a filter that every record passes.</param>
internal sealed record LogicalFilter(LogicalOperator Operator, IReadOnlyList<FilterNode> Filters) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{Operator.ToString().ToLowerInvariant()}({string.Join("; ", Filters)})";
}

/// <summary>Conditions on one field, all of which must hold.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Name">The field's name; it may be none.</param>
/// <param name="Conditions">The conditions.</param>
internal sealed record FieldFilter(SourceLocation Location, string Name, IReadOnlyList<OperatorFilter> Conditions) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {string.Join(", ", Conditions)}";
}

/// <summary>One condition on a field.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Value">What the operator takes; null where that is further conditions.</param>
/// <param name="Conditions">The conditions that <c>$not</c> and <c>$elemMatch</c> take.</param>
internal sealed record OperatorFilter(
    SourceLocation Location, FilterOperator Operator, FilterValue? Value, IReadOnlyList<OperatorFilter> Conditions)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{FilterOperators.GetMongoName(Operator)[1..]} {(Value is null ? $"({string.Join(", ", Conditions)})" : Value.ToString())}";
}

/// <summary>A term of <c>q</c>.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Text">The term, without quotes.</param>
/// <param name="Excluded">Whether it must not occur.</param>
internal sealed record TermFilter(SourceLocation Location, string Text, bool Excluded) : FilterNode
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Excluded ? "-" : "")}\"{Text}\"";
}
