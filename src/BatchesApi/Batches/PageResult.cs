using System.Globalization;
using System.Text.Json;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Batches;

/// <summary>A page of a list as the answer, with its links and its total (specification, section 3).</summary>
/// <param name="Rows">The records.</param>
/// <param name="Page">The page's number, from 1 on; null where the list went on from a cursor.</param>
/// <param name="Limit">Most records on a page.</param>
/// <param name="Total">The records on all pages, and whether they were counted, not estimated; null where they were neither.</param>
/// <param name="NextCursor">Where the list goes on; null on the last page.</param>
/// <param name="Explanation">How the list was found; null where it is not told.</param>
internal sealed record PageResult(
    PageBuffer Rows,
    int? Page,
    int Limit,
    (long Count, bool IsExact)? Total,
    string? NextCursor,
    QueryExplanation? Explanation = null) : IResult
{
    /// <summary>Longest target of a link, in bytes; with a longer one the header is left out, since proxies may refuse it.</summary>
    private const int MaxTarget = 2_048;

    private long? Pages => Total is { IsExact: true, Count: var count } ? (count + Limit - 1) / Limit : null;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = JsonOutput.MediaType;
        if (Total is { } total)
            response.Headers["X-Total-Count"] = total.Count.ToString(CultureInfo.InvariantCulture);
        response.Headers.Link = Links(httpContext.Request);
        if (Explanation is not null)
            response.Headers[PreferHeader.AppliedHeader] = PreferHeader.Explain;

        var json = Rows.Json;
        json.WriteEndArray();
        if (Page is not null)
            json.WriteNumber("page", Page.Value);
        json.WriteNumber("limit", Limit);
        if (Total is var (count, isExact))
        {
            json.WriteNumber("total", count);
            json.WriteBoolean("totalIsExact", isExact);
            if (Pages is { } pages)
                json.WriteNumber("pages", pages);
            else
                json.WriteNull("pages");
        }
        json.WriteString("nextCursor", NextCursor);
        if (Explanation is not null)
        {
            json.WritePropertyName("explain");
            JsonSerializer.Serialize(json, Explanation, BatchesJsonContext.Default.QueryExplanation);
        }
        json.WriteEndObject();
        await Rows.SendAsync(response.BodyWriter, length => response.ContentLength = length, httpContext.RequestAborted);
    }

    private string? Links(HttpRequest request)
    {
        var targets = new List<(string Relation, string Target)> { ("first", PageTarget(request, 1)) };
        if (Page is not { } page)
        {
            if (NextCursor is not null)
                targets.Add(("next", Target(request, "cursor", NextCursor)));
        }
        else
        {
            if (page > 1)
                targets.Add(("prev", PageTarget(request, Math.Min(page - 1L, Math.Max(Pages ?? long.MaxValue, 1)))));
            if (NextCursor is not null)
                targets.Add(("next", PageTarget(request, page + 1L)));
            if (Pages > 0)
                targets.Add(("last", PageTarget(request, Pages.Value)));
        }
        return targets.Exists(t => t.Target.Length > MaxTarget)
            ? null
            : string.Join(", ", targets.Select(t => $"<{t.Target}>; rel=\"{t.Relation}\""));
    }

    private static string PageTarget(HttpRequest request, long page) => Target(request, "page", page.ToString(CultureInfo.InvariantCulture));

    /// <summary>The address of this list with another place in it.</summary>
    private static string Target(HttpRequest request, string name, string value)
    {
        var parameters = request.Query
            .Where(p => !p.Key.Equals("page", StringComparison.OrdinalIgnoreCase) && !p.Key.Equals("cursor", StringComparison.OrdinalIgnoreCase))
            .Append(new(name, value));
        var target = QueryHelpers.AddQueryString(AbsoluteUrl.Create(request, request.Path), parameters);

        // Legal, but many a client takes a link for ended by them.
        return target.Replace(";", "%3B", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
    }
}
