using System.Text.Json;
using BatchesApi.Http;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>A page of changes as a response.</summary>
internal sealed record ChangePageResult(int AccountId, ChangePage Page) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = JsonOutput.MediaType;
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, JsonOutput.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var entry in Page.Entries)
            ChangeResponses.Write(json, entry);
        json.WriteEndArray();
        json.WriteString("nextCursor", ChangeCursor.Write(AccountId, Page.Next));
        json.WriteBoolean("more", Page.HasMore);
        json.WriteEndObject();
    }
}
