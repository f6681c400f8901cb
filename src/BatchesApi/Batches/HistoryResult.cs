using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>A page of the history of a batch as a response.</summary>
internal sealed record HistoryResult(IReadOnlyList<HistoryEntry> Entries, int Limit, string? NextCursor) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = JsonOutput.MediaType;
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, JsonOutput.WriterOptions);
        var page = new HistoryPageResponse { Data = Entries.Select(HistoryEntryResponse.Create), Limit = Limit, NextCursor = NextCursor };
        JsonSerializer.Serialize(json, page, BatchesJsonContext.Default.HistoryPageResponse);
    }
}
