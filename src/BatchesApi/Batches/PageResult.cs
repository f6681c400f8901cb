using System.Globalization;
using System.Text.Json;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Batches;

/// <summary>A page of a list, with its links and total (specification, section 3).</summary>
/// <param name="Rows">The records.</param>
/// <param name="Page">The 1-based number of the page; null if the request had a cursor.</param>
/// <param name="Limit">Maximum number of records on a page.</param>
/// <param name="Total">Number of records on all pages, exact or estimated; null if they were not counted.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
/// <param name="Explanation">The query explanation, if the client asked for it.</param>
internal sealed record PageResult(
    PageBuffer Rows,
    int? Page,
    int Limit,
    (long Count, bool IsExact)? Total,
    string? NextCursor,
    QueryExplanation? Explanation = null) : IResult
{
    /// <summary>Maximum length of the target of a link. With a longer one the header is omitted, because proxies may reject it; only CSV
    /// keeps the link to the next page, which is not in its body.</summary>
    private const int MaxTargetLength = 2_048;

    /// <summary>The parameters that select the page.</summary>
    private static readonly HashSet<string> Positions = new(StringComparer.OrdinalIgnoreCase) { "page", "cursor" };

    /// <summary>CSV has no member for the next cursor, so its link to the next page has it.</summary>
    private bool IsCsv => Rows.Json is null;

    private long? Pages => Total is { IsExact: true, Count: var count } ? (count + Limit - 1) / Limit : null;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = IsCsv ? CsvOutput.ContentType : JsonOutput.MediaType;
        if (Total is { } total)
            response.Headers["X-Total-Count"] = total.Count.ToString(CultureInfo.InvariantCulture);
        response.Headers.Link = CreateLinks(httpContext.Request);
        if (Explanation is not null)
            response.Headers[PreferHeader.AppliedHeader] = PreferHeader.Explain;

        if (Rows.Json is { } json)
            WriteEnd(json);
        await Rows.SendAsync(response.BodyWriter, length => response.ContentLength = length, httpContext.RequestAborted);
    }

    private void WriteEnd(Utf8JsonWriter json)
    {
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
    }

    private string? CreateLinks(HttpRequest request)
    {
        // A link cannot carry the body of a search.
        if (HttpMethods.IsPost(request.Method))
            return null;
        var targets = new List<(string Relation, string Target)> { ("first", CreatePageTarget(request, 1)) };
        if (Page is not { } page)
        {
            if (NextCursor is not null)
                targets.Add(("next", CreateTarget(request, "cursor", NextCursor)));
        }
        else
        {
            if (page > 1)
                targets.Add(("prev", CreatePageTarget(request, Math.Min(page - 1L, Math.Max(Pages ?? long.MaxValue, 1)))));
            if (NextCursor is not null)
                targets.Add(("next", IsCsv ? CreateTarget(request, "cursor", NextCursor) : CreatePageTarget(request, page + 1L)));
            if (Pages > 0)
                targets.Add(("last", CreatePageTarget(request, Pages.Value)));
        }
        if (targets.Exists(t => t.Target.Length > MaxTargetLength))
            targets.RemoveAll(t => !IsCsv || t.Relation != "next");
        return targets.Count == 0
            ? null
            : string.Join(", ", targets.Select(t => $"<{t.Target}>; rel=\"{t.Relation}\""));
    }

    private static string CreatePageTarget(HttpRequest request, long page) =>
        CreateTarget(request, "page", page.ToString(CultureInfo.InvariantCulture));

    /// <summary>The URL of this list at another page or cursor.</summary>
    private static string CreateTarget(HttpRequest request, string name, string value)
    {
        var parameters = request.Query
            .Where(p => !Positions.Contains(p.Key))
            .Append(new(name, value));
        var target = QueryHelpers.AddQueryString(AbsoluteUrl.Create(request, request.Path), parameters);

        // Both are legal, but many clients end the link at them.
        return target.Replace(";", "%3B", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
    }
}
