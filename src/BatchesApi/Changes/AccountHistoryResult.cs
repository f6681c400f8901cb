using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>A page of the changes of an account as a response.</summary>
internal sealed record AccountHistoryResult(AccountHistoryRequest Request, AccountHistoryPage Page) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = JsonOutput.MediaType;
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, JsonOutput.WriterOptions);
        var page = new AccountHistoryPageResponse
        {
            Data = Page.Entries.Select(entry => AccountHistoryEntryResponse.Create(entry.BatchId, entry.Entry)),
            Limit = Request.Limit,
            NextCursor = Page.Next is { } next ? ChangeCursor.Write(Request.AccountId, next) : null,
        };
        JsonSerializer.Serialize(json, page, ChangesJsonContext.Default.AccountHistoryPageResponse);
    }
}

[Description("A page of the changes of all batches.")]
internal sealed record AccountHistoryPageResponse
{
    [Description("The changes, newest first.")]
    public required IEnumerable<AccountHistoryEntryResponse> Data { get; init; }

    [Description("The maximum number of changes on a page."), Example(20, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

[Description("A change of a batch.")]
internal sealed record AccountHistoryEntryResponse
{
    [Description("The id of the batch.")]
    public required string BatchId { get; init; }

    [Description("The version of the batch after the change."), Example(2, minimum: 1)]
    public required int Version { get; init; }

    [Description("The kind of change."), Component("AccountHistoryAction")]
    public required string Action { get; init; }

    [Description("The time of the change."), DataType(DataType.DateTime)]
    public required string At { get; init; }

    public required HistoryActorResponse By { get; init; }

    [Description("The id of the change of many batches of which it is a part; null if the batch was changed alone.")]
    public required string? ChangeId { get; init; }

    [Description("The fields that changed, each with its `old` and its `new` value.")]
    public required IReadOnlyDictionary<string, HistoryChangeResponse> Changes { get; init; }

    public static AccountHistoryEntryResponse Create(string batchId, HistoryEntry change)
    {
        var entry = HistoryEntryResponse.Create(change);
        return new()
        {
            BatchId = batchId,
            Version = entry.Version,
            Action = entry.Action,
            At = entry.At,
            By = entry.By,
            ChangeId = entry.ChangeId,
            Changes = entry.Changes,
        };
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AccountHistoryPageResponse))]
internal sealed partial class ChangesJsonContext : JsonSerializerContext;
