using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Where a part of a filter stands, so that a fault can tell (specification, section 3).</summary>
/// <param name="Key">The parameter as the client wrote it, in <c>p</c> with the JSON path: <c>p.$or[1].rating</c>.</param>
/// <param name="Character">The character in <c>fields</c>, from 1 on; null in <c>p</c>, where the path tells.</param>
internal readonly partial record struct SourceLocation(string Key, int? Character = null)
{
    /// <summary>The place of a member of the JSON object here.</summary>
    public SourceLocation Member(string name) =>
        new(PlainName().IsMatch(name) ? $"{Key}.{name}" : $"{Key}['{name.Replace("'", @"\'", StringComparison.Ordinal)}']");

    /// <summary>The place of an item of the JSON array here.</summary>
    public SourceLocation Item(int index) => new($"{Key}[{index}]");

    /// <summary>Adds a message that completes the sentence "<c>place</c> …".</summary>
    public void AddError(ValidationErrors errors, string message) => errors.Add(Key, Character is { } character ? $"at character {character} {message}" : message);

    [GeneratedRegex(@"\A[$\w]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
