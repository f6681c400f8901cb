namespace BatchesApi.Http;

/// <summary>One parameter of a list: its name, what it takes and what that means to the reader of the OpenAPI document.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it means and how it is written, in Markdown.</param>
internal sealed record ApiParameter(string Name, string Description)
{
    /// <summary>Least and greatest value, and the one where the client gives none; null where it is no number.</summary>
    public (int Min, int Max, int Default)? Number { get; init; }

    /// <summary>The words that it takes, the default first; none where it takes other text.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What is meant where the client gives no text; null where that has no name.</summary>
    public string? Default { get; init; }

    /// <summary>Values that work on every account, the default or nothing at all first, since forms are filled with that.</summary>
    public required IReadOnlyList<ParameterExample> Examples { get; init; }
}
