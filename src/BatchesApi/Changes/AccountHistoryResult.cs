using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchesApi.Access;
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

    /// <summary>A page of the changes of API keys and users as a response.</summary>
    public static IResult ForAccess(AccessHistoryRequest request, IReadOnlyList<AccessChange> changes, bool hasMore)
    {
        var page = new AccountHistoryPageResponse
        {
            Data = changes.Select(AccountHistoryEntryResponse.Create),
            Limit = request.Limit,
            NextCursor = hasMore ? ChangeCursor.Write(request.AccountId, new AccessPosition(changes[^1].At, changes[^1].Id)) : null,
        };
        return new NoStoreJsonResult<AccountHistoryPageResponse>(page, ChangesJsonContext.Default.AccountHistoryPageResponse);
    }
}

[Description("A page of the changes of all batches, or of API keys and users.")]
internal sealed record AccountHistoryPageResponse
{
    [Description("The changes, newest first.")]
    public required IEnumerable<AccountHistoryEntryResponse> Data { get; init; }

    [Description("The maximum number of changes on a page."), Example(20, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

[Description("A change of a batch, or of an API key or a user.")]
internal sealed record AccountHistoryEntryResponse
{
    [Description("The id of the batch; null for a change of a key or a user.")]
    public required string? BatchId { get; init; }

    [Description("The version of the batch after the change; null for a change of a key or a user."), Example(2, minimum: 1)]
    public required int? Version { get; init; }

    [Description("The changed API key or user; null for a change of a batch."), Component("HistorySubject")]
    public required HistorySubjectResponse? Subject { get; init; }

    [Description("The kind of change."), Component("AccountHistoryAction")]
    public required string Action { get; init; }

    [Description("The time of the change."), DataType(DataType.DateTime)]
    public required string At { get; init; }

    public required HistoryActorResponse By { get; init; }

    [Description("The id of the change of many batches of which it is a part; null if the batch was changed alone.")]
    public required string? ChangeId { get; init; }

    [Description("The fields that changed, each with its `old` and its `new` value. Those of a password are null.")]
    public required IReadOnlyDictionary<string, HistoryChangeResponse> Changes { get; init; }

    public static AccountHistoryEntryResponse Create(string batchId, HistoryEntry change)
    {
        var entry = HistoryEntryResponse.Create(change);
        return new()
        {
            BatchId = batchId,
            Version = entry.Version,
            Subject = null,
            Action = entry.Action,
            At = entry.At,
            By = entry.By,
            ChangeId = entry.ChangeId,
            Changes = entry.Changes,
        };
    }

    public static AccountHistoryEntryResponse Create(AccessChange change) => new()
    {
        BatchId = null,
        Version = null,
        Subject = new() { Kind = change.SubjectKind, Id = change.SubjectId, Name = change.SubjectName },
        Action = change.Action,
        At = Rfc3339.Format(change.At),
        By = HistoryActorResponse.Create(new Actor(change.ActorKind, change.ActorId, change.ActorName)),
        ChangeId = null,
        Changes = new OrderedDictionary<string, HistoryChangeResponse>(MemberChanges.Read(change.Changes).Select(member =>
            KeyValuePair.Create(member.Name, new HistoryChangeResponse { Old = member.Before, New = member.After }))),
    };
}

[Description("The changed API key or user.")]
internal sealed record HistorySubjectResponse
{
    [Description("Whether it is an API key or a user."), Component("CredentialKind")]
    public required string Kind { get; init; }

    [Description("The id of the API key or the user.")]
    public required string Id { get; init; }

    [Description("The name of the API key, or the e-mail address of the user, after the change.")]
    public required string Name { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AccountHistoryPageResponse))]
internal sealed partial class ChangesJsonContext : JsonSerializerContext;
