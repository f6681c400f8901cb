using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>The id of an active batch.</summary>
internal sealed class ActiveIdConstraint() : IdConstraint("changes", "claim", "deleted", "groups", "search")
{
    /// <summary>The name in route patterns.</summary>
    public const string Name = "active";
}
