using System.Text.RegularExpressions;

namespace BatchesApi.Hosting;

/// <summary>A path below which a proxy publishes the server, such as <c>/crm</c>. It becomes a part of URLs and pages, so that its
/// characters must need no encoding, and its segments must not be resolved by clients.</summary>
internal static partial class PathPrefix
{
    private const int MaxLength = 256;

    /// <summary>Parses a prefix, with or without a slash at the end.</summary>
    /// <returns>The prefix without a slash at the end, empty for <c>/</c>; or null if it is invalid.</returns>
    public static PathString? Parse(string text)
    {
        var path = text.EndsWith('/') ? text[..^1] : text;
        var isValid = text.StartsWith('/') && text.Length <= MaxLength && Segments().IsMatch(path);
        return isValid ? new PathString(path) : default(PathString?);
    }

    [GeneratedRegex(@"^(/(?!\.{1,2}(/|\z))[A-Za-z0-9._~-]+)*\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Segments();
}
