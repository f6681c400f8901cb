using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>The id of an API key or a user. The caller has separate routes.</summary>
internal sealed class CredentialIdConstraint() : IdConstraint("me")
{
    /// <summary>The name in route patterns.</summary>
    public const string Name = "credential";
}
