using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>The location of a part of a filter, for error messages (specification, section 3).</summary>
/// <param name="Key">The parameter as the client wrote it, in <c>p</c> with the JSON path: <c>p.$or[1].rating</c>.</param>
/// <param name="Character">The 1-based number of the character in <c>fields</c> and <c>q</c>; null in <c>p</c>, which has paths.</param>
internal readonly partial record struct SourceLocation(string Key, int? Character = null)
{
    /// <summary>Maximum number of messages of a parameter or path: more would repeat the same mistake.</summary>
    private const int MaxMessages = 20;

    /// <summary>The location of a member of the JSON object at this location.</summary>
    public SourceLocation Member(string name) =>
        new(PlainName().IsMatch(name) ? $"{Key}.{name}" : $"{Key}['{name.Replace("'", @"\'", StringComparison.Ordinal)}']");

    /// <summary>The location of an item of the JSON array at this location.</summary>
    public SourceLocation Item(int index) => new($"{Key}[{index}]");

    /// <summary>Adds an error at this location.</summary>
    /// <param name="errors">Receives the error.</param>
    /// <param name="error">The error, without a full stop: <c>unknown field 'x'</c>.</param>
    /// <param name="advice">Further sentences, such as what to write instead.</param>
    public void AddError(ValidationErrors errors, string error, string advice = "")
    {
        if (errors.Count(Key) < MaxMessages)
            errors.Add(Key, $"{error}{(Character is { } character ? $" at character {character}" : "")}. {advice.TrimStart()}".TrimEnd());
    }

    [GeneratedRegex(@"\A[$\w]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
