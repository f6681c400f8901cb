using Microsoft.Net.Http.Headers;

namespace BatchesApi.Responses;

/// <summary>Refuses, before anything is done, a request that could not be answered in a media type that it accepts (RFC 9110, section
/// 12.5.1).</summary>
internal sealed class AcceptFilter : IEndpointFilter
{
    private static readonly MediaTypeHeaderValue Offered = new(JsonText.MediaType);

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var accept = context.HttpContext.Request.Headers.Accept;
        return accept.Count == 0 || AdmitsJson(accept)
            ? next(context)
            : ValueTask.FromResult<object?>(new Problem(
                ProblemCode.NotAcceptable, $"The answer is {JsonText.MediaType}, which 'Accept: {accept}' does not admit."));
    }

    /// <summary>Whether the most specific range that fits JSON gives it a quality above zero. What cannot be read admits all.</summary>
    private static bool AdmitsJson(IList<string?> accept)
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
