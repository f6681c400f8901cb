using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Access;

/// <summary>Who calls, as its credential says.</summary>
/// <param name="AccountId">The account that the caller sees and changes; no other.</param>
/// <param name="AccountName">The account's name.</param>
/// <param name="CredentialId">The id of the API key or access token.</param>
/// <param name="IsUser">Whether a person calls, not a program.</param>
/// <param name="Name">The name of the API key, or the e-mail address of the user.</param>
/// <param name="Scope">What the caller may do.</param>
/// <param name="PolicyText">The policy as the operator wrote it; null where there is none.</param>
/// <param name="Policy">The condition that every batch meets which the caller sees or changes.</param>
/// <param name="ExpiresAt">From when on the credential is refused, UTC; null for never.</param>
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
    /// <summary>The caller as the history of batches names it.</summary>
    public Actor Actor => new(IsUser ? Domain.Actor.User : Domain.Actor.Key, CredentialId, Name);

    /// <summary>The caller of an authenticated request.</summary>
    /// <exception cref="InvalidOperationException">The route lets requests in without a credential.</exception>
    public static Caller FromContext(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The route is open to everybody.");
}
