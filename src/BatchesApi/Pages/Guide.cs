using System.Collections.Frozen;

namespace BatchesApi.Pages;

/// <summary>A Markdown file of the repository that the server shows as a page.</summary>
/// <param name="Source">The path in the repository, such as <c>docs/errors.md</c>.</param>
internal sealed record Guide(string Source)
{
    /// <summary>The index, which is also the navigation of every page.</summary>
    public const string Index = "docs/README.md";

    private const string DocumentSource = "docs/openapi.json";
    private const string DocumentPath = "/swagger/v2/swagger.json";

    /// <summary>Resolves links as if the root of the repository were this address.</summary>
    private static readonly Uri Root = new("file:///");

    public static IReadOnlyList<Guide> All { get; } = [.. Resource.FindGuides().Select(name => new Guide(name))];

    private static FrozenDictionary<string, string> PathsBySource { get; } = All.Select(guide => (guide.Source, guide.Path))
        .Append((DocumentSource, DocumentPath)).ToFrozenDictionary(pair => pair.Item1, pair => pair.Item2);

    /// <summary>The path of the page: <c>/docs/errors</c> for <c>docs/errors.md</c>, <c>/docs/clients/curl</c> for
    /// <c>clients/curl/README.md</c>.</summary>
    public string Path { get; } = GetPath(Source);

    public string ReadText() => Resource.Read(Source);

    /// <summary>Returns what a link in a file of the repository leads to on the server; null if the server does not have it.</summary>
    /// <param name="source">The path of the file in the repository.</param>
    /// <param name="link">A URL, an anchor, a path of the server, or a path relative to the file.</param>
    public static string? ResolveLink(string source, string link)
    {
        if (link.StartsWith('#') || Uri.TryCreate(link, UriKind.Absolute, out var url) && !url.IsFile)
            return link;
        if (link.StartsWith('/'))
            return $"{Page.PathBase}{link}";
        var target = new Uri(new Uri(Root, source), link);
        return PathsBySource.TryGetValue(target.AbsolutePath.TrimStart('/'), out var path)
            ? $"{Page.PathBase}{path}{target.Fragment}"
            : null;
    }

    private static string GetPath(string source)
    {
        // Only its case distinguishes the name from docs/security.md.
        if (source == "SECURITY.md")
            return "/docs/security-policy";
        var name = source[..^".md".Length];
        if (name.EndsWith("/README", StringComparison.Ordinal))
            name = name[..^"/README".Length];
        return name == "docs" || name.StartsWith("docs/", StringComparison.Ordinal) ? $"/{name}" : $"/docs/{name.ToLowerInvariant()}";
    }
}
