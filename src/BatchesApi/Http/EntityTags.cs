using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Entity tags in requests (RFC 9110, section 8.8.3). The tag of a batch is its version in quotes. ASP.NET Core's parser is not
/// used: it accepts
/// <c>w/</c> and tags with spaces, so an invalid condition would pass as a valid one.</summary>
internal static partial class EntityTags
{
    private const string Any = "*";

    public static string FromVersion(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Reads the versions in <c>If-Match</c> (RFC 9110, section 13.1.1); null for any version. Weak tags, and other tags that no
    /// batch has, match no version.</summary>
    public static Result<int[]?> ReadIfMatch(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(HeaderNames.IfMatch, out var lines))
            return default;
        if (ParseList(lines) is not { } tags)
        {
            var value = lines.ToString();
            var digits = string.Concat(value.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit));
            var example = digits.Length is > 0 and <= 10 ? digits : "3";
            return Problem.InvalidHeader(
                HeaderNames.IfMatch,
                $"must be * or entity tags in double quotes, separated by commas, such as \"{example}\", but is "
                + $"{(value.Length == 0 ? "empty" : Utf16.Shorten(value, 100))}.");
        }
        return tags is [Any] ? null : tags.Select(ParseVersion).OfType<int>().ToArray();
    }

    /// <summary>Whether <c>If-None-Match</c> (RFC 9110, section 13.1.2) contains the version, weak or not: the client already has it. A
    /// malformed header is ignored.</summary>
    public static bool IfNoneMatchContains(IHeaderDictionary headers, int version) =>
        headers.TryGetValue(HeaderNames.IfNoneMatch, out var lines)
        && ParseList(lines) is { } tags
        && tags.Any(tag => tag == Any || ParseVersion(tag.StartsWith('W') ? tag[2..] : tag) == version);

    /// <summary>The tags of a list; null if it is malformed.</summary>
    private static List<string>? ParseList(StringValues lines)
    {
        var list = string.Join(',', lines.AsEnumerable()).Trim(' ', '\t');
        if (list == Any)
            return [Any];
        var match = List().Match(list);
        return match.Success ? [.. match.Groups["tag"].Captures.Select(tag => tag.Value)] : null;
    }

    private static int? ParseVersion(string tag) =>
        int.TryParse(tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && tag == FromVersion(version)
            ? version
            : null;

    [GeneratedRegex("^(?:[ \t,]*(?<tag>(?:W/)?\"[!#-~\u0080-\u00FF]*\")[ \t]*(?:,|$))+[ \t,]*$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex List();
}
