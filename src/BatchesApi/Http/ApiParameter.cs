namespace BatchesApi.Http;

/// <summary>A parameter in the query or in a header, as the OpenAPI document describes it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">Meaning and syntax, in Markdown.</param>
internal sealed record ApiParameter(string Name, string Description)
{
    /// <summary>Range and default of a number; null for other values.</summary>
    public (int Min, int Max, int Default)? Number { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>Whether the value is <c>true</c> or <c>false</c>.</summary>
    public bool IsBoolean { get; init; }

    /// <summary>The allowed values, the default first; empty if any text is allowed.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The name of the schema of the allowed values in the OpenAPI document.</summary>
    public string? ValuesSchema { get; init; }

    /// <summary>The default of a text, or null.</summary>
    public string? Default { get; init; }

    /// <summary>Values that work for every account. Swagger UI fills in the first: the default, or nothing.</summary>
    public IReadOnlyList<ParameterExample> Examples { get; init; } = [];
}

/// <summary>A value of a parameter.</summary>
/// <param name="Name">One word.</param>
/// <param name="Value">The value, not encoded.</param>
/// <param name="Summary">The effect, in a few words.</param>
internal sealed record ParameterExample(string Name, string Value, string Summary);
