using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Whether a request can be answered in a media type that it accepts (RFC 9110, section 12.5.1).</summary>
internal static class ContentNegotiation
{
    private static readonly MediaTypeHeaderValue Offered = new(JsonOutput.MediaType);

    /// <summary>The problem with what the request accepts; null where it admits JSON.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        return accept.Count == 0 || accept is ["*/*"] or [JsonOutput.MediaType] || AcceptsJson(accept)
            ? null
            : new Problem(ProblemCode.NotAcceptable, $"The answer is {JsonOutput.MediaType}, which 'Accept: {accept}' does not admit.");
    }

    /// <summary>Whether the most specific range that fits JSON gives it a quality above zero. What cannot be read admits all.</summary>
    private static bool AcceptsJson(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept!, out var ranges) || ranges.Count == 0)
            return true;
        var fitting = ranges.Where(Fits).MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0);
        return fitting is not null && fitting.Quality is not 0;
    }

    private static bool Fits(MediaTypeHeaderValue range)
    {
        // JSON is in UTF-8 (RFC 8259, section 8.1): many clients ask for what they get anyway.
        if (HeaderUtilities.RemoveQuotes(range.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            range.Charset = default;
        return Offered.IsSubsetOf(range);
    }
}
