using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Entity tags in requests (RFC 9110, section 8.8.3): the tag of a batch is its version in quotes. ASP.NET Core's own reader takes <c>w/</c>
/// and tags with spaces, too, so that a condition that is none would pass for one.</summary>
internal static partial class EntityTags
{
    private const string Any = "*";

    /// <summary>The tag of a version.</summary>
    public static string FromVersion(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Reads the header <c>If-Match</c> (RFC 9110, section 13.1.1). Weak tags, and such as no batch has, match no version.</summary>
    /// <param name="headers">The headers of the request.</param>
    /// <param name="versions">The versions that it names; null where it admits any.</param>
    /// <returns>Whether it is well-formed, or not there.</returns>
    public static bool TryReadIfMatch(IHeaderDictionary headers, out int[]? versions)
    {
        versions = null;
        if (!headers.TryGetValue(HeaderNames.IfMatch, out var lines))
            return true;
        if (Read(lines) is not { } tags)
            return false;
        versions = tags is [Any] ? null : [.. tags.Select(ParseVersion).OfType<int>()];
        return true;
    }

    /// <summary>Whether the header <c>If-None-Match</c> (RFC 9110, section 13.1.2) names the version, weakly or not: then the client has it already. One
    /// that is malformed names none.</summary>
    public static bool NoneMatchContains(IHeaderDictionary headers, int version) =>
        headers.TryGetValue(HeaderNames.IfNoneMatch, out var lines)
        && Read(lines) is { } tags
        && tags.Any(tag => tag == Any || ParseVersion(tag.StartsWith('W') ? tag[2..] : tag) == version);

    /// <summary>The tags of a list; null where it is none.</summary>
    private static List<string>? Read(StringValues lines)
    {
        var list = string.Join(',', lines.AsEnumerable()).Trim(' ', '\t');
        if (list == Any)
            return [Any];
        var match = List().Match(list);
        return match.Success ? [.. match.Groups["tag"].Captures.Select(tag => tag.Value)] : null;
    }

    private static int? ParseVersion(string tag) =>
        int.TryParse(tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && tag == FromVersion(version) ? version : null;

    [GeneratedRegex("^(?:[ \t,]*(?<tag>(?:W/)?\"[!#-~\u0080-\u00FF]*\")[ \t]*(?:,|$))+[ \t,]*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex List();
}
