using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>A change of a batch: one for each version that it had, as far back as history is kept.</summary>
internal sealed class BatchChange
{
    /// <summary>The batch was created.</summary>
    public const string Create = "create";

    /// <summary>Fields of the batch were given other values.</summary>
    public const string Update = "update";

    /// <summary>The batch was deleted.</summary>
    public const string Delete = "delete";

    /// <summary>The batch was restored.</summary>
    public const string Restore = "restore";

    /// <summary>The account of the batch.</summary>
    public int AccountId { get; set; }

    /// <summary>The id of the batch.</summary>
    public string BatchId { get; set; } = "";

    /// <summary>The version that the change made.</summary>
    public int Version { get; set; }

    /// <summary>When it was made, UTC: the batch's <c>updatedAt</c> since then, unless it was imported.</summary>
    public DateTime At { get; set; }

    /// <summary>What was done.</summary>
    public string Action { get; set; } = "";

    /// <summary>The kind of who did it, see <see cref="Actor"/>.</summary>
    public string ActorKind { get; set; } = "";

    /// <summary>The id of the credential that did it.</summary>
    public string ActorId { get; set; } = "";

    /// <summary>The name of who did it.</summary>
    public string ActorName { get; set; } = "";

    /// <summary>The fields that changed, by name, each with an array of its old and its new value. Null for a creation, whose values the later changes
    /// and the batch tell.</summary>
    public JsonDocument? Changes { get; set; }
}
