using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>A change of a batch: one for each of its versions, as far back as history is kept.</summary>
internal sealed class BatchChange
{
    public const string Create = "create";
    public const string Update = "update";
    public const string Delete = "delete";
    public const string Restore = "restore";

    public int AccountId { get; set; }

    public string BatchId { get; set; } = "";

    /// <summary>The version after the change.</summary>
    public int Version { get; set; }

    /// <summary>The time of the change, UTC. Equals the <c>updatedAt</c> of the version, unless it was imported.</summary>
    public DateTime At { get; set; }

    /// <summary>The number of the transaction that recorded the change; 0 if the change was recorded before the column existed.</summary>
    public ulong Xid { get; set; }

    /// <summary><see cref="Create"/>, <see cref="Update"/>, <see cref="Delete"/> or <see cref="Restore"/>.</summary>
    public string Action { get; set; } = "";

    /// <summary>See <see cref="Actor"/>.</summary>
    public string ActorKind { get; set; } = "";

    public string ActorId { get; set; } = "";

    public string ActorName { get; set; } = "";

    /// <summary>The bulk change of which this change is a part, 24 lowercase hex digits; null if it was made alone.</summary>
    public string? ChangeId { get; set; }

    /// <summary>The changed fields by name, each with an array of its old and its new value. Null for a creation: its values follow from
    /// the batch and the later changes.</summary>
    public JsonDocument? Changes { get; set; }
}
