using BatchesApi.Domain;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>Content negotiation (RFC 9110, section 12.5.1): responses are JSON, or another media type if the operation has it and the
/// client prefers it. Minimal APIs ignore <c>Accept</c>.</summary>
internal static class ContentNegotiation
{
    /// <summary>Server-sent events (WHATWG HTML, section 9.2).</summary>
    public const string EventStream = "text/event-stream";

    private const string CsvFormParameter = "bom";

    /// <summary>Null if the request accepts a media type of the operation.</summary>
    /// <param name="request">The request.</param>
    /// <param name="other">The other media type of the operation, or null.</param>
    public static Problem? FindProblem(HttpRequest request, string? other = null)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 0 || accept is ["*/*"] or [JsonOutput.MediaType] || ParseRanges(request) is not { } ranges
            || GetQuality(ranges, JsonOutput.MediaType) > 0 || (other is not null && GetQuality(ranges, other) > 0))
        {
            return null;
        }
        var offered = other is null ? JsonOutput.MediaType : $"{JsonOutput.MediaType} or {other}";
        return new Problem(ProblemCode.NotAcceptable, $"The response is {offered}, which 'Accept: {accept}' does not accept.");
    }

    /// <summary>The form of CSV that the client prefers to JSON; null for JSON.</summary>
    public static CsvForm? ChooseCsv(HttpRequest request)
    {
        if (request.Headers.Accept is { Count: 0 } or ["*/*"] or [JsonOutput.MediaType] || ParseRanges(request) is not { } ranges)
            return null;
        var quality = GetQuality(ranges, BatchCsv.MediaType);
        if (quality <= GetQuality(ranges, JsonOutput.MediaType))
            return null;
        return ranges.First(range => range.MatchesMediaType(BatchCsv.MediaType) && (range.Quality ?? 1) == quality).Parameters
            .Any(parameter => parameter.Name.Equals(CsvFormParameter, StringComparison.OrdinalIgnoreCase)
                && HeaderUtilities.RemoveQuotes(parameter.Value).Equals("true", StringComparison.OrdinalIgnoreCase))
            ? CsvForm.Spreadsheet
            : CsvForm.Plain;
    }

    /// <summary>Whether the client prefers an event stream to JSON.</summary>
    public static bool PrefersEvents(HttpRequest request) =>
        request.Headers.Accept is not ({ Count: 0 } or ["*/*"] or [JsonOutput.MediaType]) && ParseRanges(request) is { } ranges
        && GetQuality(ranges, EventStream) > GetQuality(ranges, JsonOutput.MediaType);

    /// <summary>The ranges of the header; null if it is empty or invalid, and therefore accepts everything.</summary>
    private static IList<MediaTypeHeaderValue>? ParseRanges(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept!, out var ranges) && ranges.Count > 0 ? ranges : null;

    /// <summary>The highest quality of the most specific ranges that match a media type; 0 if none matches. Their parameters do not matter:
    /// JSON has none, not even a charset (RFC 8259, section 11), but many clients send some.</summary>
    private static double GetQuality(IList<MediaTypeHeaderValue> ranges, string mediaType) => ranges
        .Where(range => range.MatchesMediaType(mediaType))
        .GroupBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
        .MinBy(group => group.Key)?.Max(range => range.Quality ?? 1) ?? 0;
}
