using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Content negotiation (RFC 9110, section 12.5.1): responses are JSON. Minimal APIs ignore <c>Accept</c>.</summary>
internal static class ContentNegotiation
{
    private static readonly MediaTypeHeaderValue Offered = new(JsonOutput.MediaType);

    /// <summary>Null if the request accepts JSON.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        return accept.Count == 0 || accept is ["*/*"] or [JsonOutput.MediaType] || AcceptsJson(accept)
            ? null
            : new Problem(ProblemCode.NotAcceptable, $"The response is {JsonOutput.MediaType}, which 'Accept: {accept}' does not accept.");
    }

    /// <summary>Whether the most specific range that matches JSON has a quality above zero. An invalid header accepts everything.</summary>
    private static bool AcceptsJson(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept!, out var ranges) || ranges.Count == 0)
            return true;
        var match = ranges.Where(Matches).MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0);
        return match is not null && match.Quality is not 0;
    }

    private static bool Matches(MediaTypeHeaderValue range)
    {
        // JSON is always UTF-8 (RFC 8259, section 8.1), but many clients name it.
        if (HeaderUtilities.RemoveQuotes(range.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            range.Charset = default;
        return Offered.IsSubsetOf(range);
    }
}
