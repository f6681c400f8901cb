namespace BatchesApi.Lists.Filters;

/// <summary>What a value of a condition is, before a field says what it should be.</summary>
internal enum FilterValueKind
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>A JSON string.</summary>
    Text,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A value in <c>fields</c>, whose type is its field's.</summary>
    Word,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>A JSON object, which is no value of any field.</summary>
    Object,
}

/// <summary>A value that a condition compares with.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text: decoded, or the number or truth value as written.</param>
/// <param name="Items">The items of a list.</param>
internal sealed record FilterValue(SourceLocation Location, FilterValueKind Kind, string Text, IReadOnlyList<FilterValue> Items)
{
    /// <summary>Makes a value that is no list.</summary>
    public FilterValue(SourceLocation location, FilterValueKind kind, string text)
        : this(location, kind, text, [])
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        FilterValueKind.Text or FilterValueKind.Word => $"\"{Text}\"",
        FilterValueKind.List => $"[{string.Join(", ", Items)}]",
        _ => Text,
    };
}
