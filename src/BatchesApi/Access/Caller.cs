using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Access;

/// <summary>The client of a request, identified by its credential.</summary>
/// <param name="AccountId">The only account whose batches the caller can read and write.</param>
/// <param name="AccountName">The name of the account.</param>
/// <param name="CredentialId">The id of the API key or access token.</param>
/// <param name="IsUser">Whether the credential is the access token of a user.</param>
/// <param name="Name">The name of the API key, or the e-mail address of the user.</param>
/// <param name="Scope">The scope.</param>
/// <param name="PolicyText">The policy as the operator wrote it, or null.</param>
/// <param name="Policy">The policy as a condition, with its relative values. Each request resolves it.</param>
/// <param name="ExpiresAt">The time of expiry, UTC, or null.</param>
internal sealed record Caller(
    int AccountId,
    string AccountName,
    string CredentialId,
    bool IsUser,
    string Name,
    Scope Scope,
    string? PolicyText,
    Condition Policy,
    DateTime? ExpiresAt)
{
    /// <summary>The caller as the history of batches records it.</summary>
    public Actor Actor => new(IsUser ? Domain.Actor.User : Domain.Actor.Key, CredentialId, Name);

    /// <exception cref="InvalidOperationException">The route does not require a credential.</exception>
    public static Caller FromContext(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The route is anonymous.");
}
