using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>Documents a page of changes. <see cref="ChangePageResult"/> writes it.</summary>
[Description("A page of changes.")]
internal sealed record ChangePageResponse
{
    [Description("The changes, in the order of their commits.")]
    public required IEnumerable<ChangeResponse> Data { get; init; }

    [Description("The value of the parameter `since` for the next page.")]
    public required string NextCursor { get; init; }

    [Description("Whether there is more to read now.")]
    public required bool More { get; init; }
}

/// <summary>Documents an entry. <see cref="ChangeResponses"/> writes it.</summary>
[Description("A change of a batch, a batch as it is (`snapshot`), or a batch that no longer matches (`leave`, with `id` alone).")]
internal sealed record ChangeResponse
{
    [Description("The id of the batch.")]
    public required string Id { get; init; }

    [Description("The version of the batch after the change."), Example(2, minimum: 1)]
    public int Version { get; init; }

    [Description("The kind of the entry."), Component("ChangeAction")]
    public required string Action { get; init; }

    [Description("The time of the change."), DataType(DataType.DateTime)]
    public string? At { get; init; }

    [Description("The author of the change; null for a snapshot.")]
    public HistoryActorResponse? By { get; init; }

    [Description("The id of the change of many batches of which it is a part; null if the batch was changed alone.")]
    public string? ChangeId { get; init; }

    [Description("The names of the changed fields.")]
    public IEnumerable<string>? Changed { get; init; }

    [Description("The batch as it is now; null if it is deleted.")]
    public Batch? Batch { get; init; }
}

internal static class ChangeResponses
{
    public static IReadOnlyList<string> Actions { get; } =
    [
        BatchChange.Create, BatchChange.Update, BatchChange.Delete, BatchChange.Restore, BatchChange.Purge, ChangeEntry.Snapshot,
        ChangeEntry.Leave,
    ];

    /// <summary>Writes an entry.</summary>
    public static void Write(Utf8JsonWriter json, ChangeEntry entry)
    {
        json.WriteStartObject();
        json.WriteString(BatchFields.Id.EncodedName, entry.BatchId);
        if (entry.Action == ChangeEntry.Leave)
        {
            json.WriteString("action", entry.Action);
            json.WriteEndObject();
            return;
        }
        json.WriteNumber(BatchFields.Version.EncodedName, entry.Version);
        json.WriteString("action", entry.Action);
        json.WritePropertyName("at");
        Rfc3339.Write(json, entry.At);
        json.WritePropertyName("by");
        WriteActor(json, entry.By);
        json.WriteString("changeId", entry.ChangeId);
        json.WriteStartArray("changed");
        foreach (var field in entry.Changed)
            json.WriteStringValue(field.EncodedName);
        json.WriteEndArray();
        json.WritePropertyName("batch");
        if (entry.Batch is null)
            json.WriteNullValue();
        else
            BatchJson.Write(json, entry.Batch, FieldSet.All);
        json.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter json, Actor? actor)
    {
        if (actor is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteString("kind", actor.Kind);
        json.WriteString("id", actor.Id.Length == 0 ? null : actor.Id);
        json.WriteString("name", actor.Name);
        json.WriteEndObject();
    }
}
