using System.Globalization;
using System.Text.Json;
using BatchesApi.Model;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Responses;

/// <summary>A page of a list as the answer, with its links and its total (contract, section 3).</summary>
/// <param name="Batches">The records.</param>
/// <param name="Keep">The fields to keep in each.</param>
/// <param name="Page">The page's number, from 1 on.</param>
/// <param name="Limit">Most records on a page.</param>
/// <param name="Total">The records on all pages; null where they were not counted.</param>
/// <param name="HasNext">Whether a page follows.</param>
internal sealed record PageResult(IReadOnlyList<Batch> Batches, FieldSet Keep, int Page, int Limit, long? Total, bool HasNext) : IResult
{
    /// <summary>Longest target of a link, in bytes; with a longer one the header is left out, since proxies may refuse it.</summary>
    private const int MaxTarget = 2_048;

    /// <summary>Bytes that gather before they are sent.</summary>
    private const int FlushThreshold = 64 * 1024;

    private long? Pages => (Total + Limit - 1) / Limit;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = JsonText.MediaType;
        if (Total is { } total)
            response.Headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        response.Headers.Link = Links(httpContext.Request);

        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonText.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("data");
        var sent = 0L;
        foreach (var batch in Batches)
        {
            BatchJson.Write(json, batch, Keep);
            var written = json.BytesCommitted + json.BytesPending;
            if (written - sent < FlushThreshold)
                continue;
            sent = written;
            await json.FlushAsync(httpContext.RequestAborted);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
        json.WriteEndArray();
        json.WriteNumber("page", Page);
        json.WriteNumber("limit", Limit);
        if (Total is not null)
        {
            json.WriteNumber("total", Total.Value);
            json.WriteBoolean("totalIsExact", true);
            json.WriteNumber("pages", Pages!.Value);
        }
        json.WriteEndObject();
    }

    private string? Links(HttpRequest request)
    {
        var targets = new List<(string Relation, string Target)> { ("first", Target(request, 1)) };
        if (Page > 1)
            targets.Add(("prev", Target(request, Math.Min(Page - 1L, Math.Max(Pages ?? long.MaxValue, 1)))));
        if (HasNext)
            targets.Add(("next", Target(request, Page + 1L)));
        if (Pages > 0)
            targets.Add(("last", Target(request, Pages.Value)));
        return targets.Exists(t => t.Target.Length > MaxTarget)
            ? null
            : string.Join(", ", targets.Select(t => $"<{t.Target}>; rel=\"{t.Relation}\""));
    }

    private static string Target(HttpRequest request, long page)
    {
        var parameters = request.Query
            .Where(p => !p.Key.Equals("page", StringComparison.OrdinalIgnoreCase))
            .Append(new("page", page.ToString(CultureInfo.InvariantCulture)));
        return QueryHelpers.AddQueryString(Address.Of(request, request.Path), parameters);
    }
}
