using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.Batches;

[Description("A page of the history of a batch.")]
internal sealed record HistoryPageResponse
{
    [Description("The changes, newest first.")]
    public required IEnumerable<HistoryEntryResponse> Data { get; init; }

    [Description("The maximum number of changes on a page."), Example(20, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

[Description("A change of a batch.")]
internal sealed record HistoryEntryResponse
{
    [Description("The version of the batch after the change."), Example(2, minimum: 1)]
    public required int Version { get; init; }

    [Description("The kind of change."), Component("HistoryAction")]
    public required string Action { get; init; }

    [Description("The time of the change."), DataType(DataType.DateTime)]
    public required string At { get; init; }

    public required HistoryActorResponse By { get; init; }

    [Description("The id of the change of many batches of which it is a part; null if the batch was changed alone.")]
    public required string? ChangeId { get; init; }

    [Description("The fields that changed, each with its `old` and its `new` value.")]
    public required IReadOnlyDictionary<string, HistoryChangeResponse> Changes { get; init; }

    public static HistoryEntryResponse Create(HistoryEntry entry) => new()
    {
        Version = entry.Version,
        Action = entry.Action,
        At = Rfc3339.Format(entry.At),
        By = HistoryActorResponse.Create(entry.By),
        ChangeId = entry.ChangeId,
        Changes = new OrderedDictionary<string, HistoryChangeResponse>(
            entry.Changes.Select(change =>
                KeyValuePair.Create(change.Field.Name, new HistoryChangeResponse { Old = change.Old, New = change.New }))),
    };
}

[Description("The author of the change.")]
internal sealed record HistoryActorResponse
{
    [Description("An API key, a user, or the operator of the server."), Component("ActorKind")]
    public required string Kind { get; init; }

    [Description("The id of the API key or of the user's access token; null for the operator.")]
    public required string? Id { get; init; }

    [Description("The name of the API key, the e-mail address of the user, or the command of the operator.")]
    public required string Name { get; init; }

    public static HistoryActorResponse Create(Actor actor) =>
        new() { Kind = actor.Kind, Id = actor.Id.Length == 0 ? null : actor.Id, Name = actor.Name };
}

[Description("The change of a field.")]
internal sealed record HistoryChangeResponse
{
    [Description("The value before the change.")]
    public required JsonNode? Old { get; init; }

    [Description("The value after the change.")]
    public required JsonNode? New { get; init; }
}
