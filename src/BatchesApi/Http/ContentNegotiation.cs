using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Content negotiation (RFC 9110, section 12.5.1): responses are JSON. Minimal APIs ignore <c>Accept</c>.</summary>
internal static class ContentNegotiation
{
    /// <summary>Null if the request accepts JSON.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        return accept.Count == 0 || accept is ["*/*"] or [JsonOutput.MediaType] || AcceptsJson(accept)
            ? null
            : new Problem(ProblemCode.NotAcceptable, $"The response is {JsonOutput.MediaType}, which 'Accept: {accept}' does not accept.");
    }

    /// <summary>Whether one of the most specific ranges that match JSON has a quality above zero. An invalid header accepts
    /// everything.</summary>
    private static bool AcceptsJson(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept!, out var ranges) || ranges.Count == 0)
            return true;
        var matches = ranges.Where(Matches).ToLookup(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0);
        return matches.MinBy(group => group.Key)?.Any(range => range.Quality is not 0) == true;
    }

    /// <summary>Whether the range contains JSON. Its parameters do not matter: JSON has none, not even a charset (RFC 8259, section 11),
    /// but many clients send some.</summary>
    private static bool Matches(MediaTypeHeaderValue range) => range.MatchesMediaType(JsonOutput.MediaType);
}
