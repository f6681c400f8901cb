using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>A change of a batch: one for each of its versions, as far back as history is kept, and one for its purge.</summary>
internal sealed class BatchChange
{
    public const string Create = "create";
    public const string Update = "update";
    public const string Delete = "delete";
    public const string Restore = "restore";

    /// <summary>The batch was removed for good, with its history.</summary>
    public const string Purge = "purge";

    public int AccountId { get; set; }

    public string BatchId { get; set; } = "";

    /// <summary>The version after the change.</summary>
    public int Version { get; set; }

    /// <summary>The time of the change, UTC. Equals the <c>updatedAt</c> of the version, unless it was imported.</summary>
    public DateTime At { get; set; }

    /// <summary>The position among the changes of the account, in the order of their commits; 0 if the change was recorded before the
    /// column existed.</summary>
    public long Position { get; set; }

    /// <summary><see cref="Create"/>, <see cref="Update"/>, <see cref="Delete"/>, <see cref="Restore"/> or <see cref="Purge"/>.</summary>
    public string Action { get; set; } = "";

    /// <summary>See <see cref="Actor"/>.</summary>
    public string ActorKind { get; set; } = "";

    public string ActorId { get; set; } = "";

    public string ActorName { get; set; } = "";

    /// <summary>The bulk change of which this change is a part, 24 lowercase hex digits; null if it was made alone.</summary>
    public string? ChangeId { get; set; }

    /// <summary>For a purge, the policies that permitted a version of the batch, by their digests; otherwise null. Nothing else of the
    /// batch remains by which a reader who may know of it could be recognized.</summary>
    public string[]? SeenBy { get; set; }

    /// <summary>The changed fields by name, each with an array of its old and its new value. Null for a creation, whose values follow from
    /// the batch and the later changes, and for a purge.</summary>
    public JsonDocument? Changes { get; set; }
}
