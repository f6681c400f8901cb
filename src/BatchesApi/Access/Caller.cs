using BatchesApi.Model;

namespace BatchesApi.Access;

/// <summary>Who calls, as its credential says.</summary>
/// <param name="AccountId">The account that the caller sees and changes; no other.</param>
/// <param name="KeyId">The id of the API key.</param>
/// <param name="Scope">What the caller may do.</param>
/// <param name="ExpiresAt">From when on the credential is refused, UTC; null for never.</param>
internal sealed record Caller(int AccountId, string KeyId, Scope Scope, DateTime? ExpiresAt)
{
    /// <summary>The caller of an authenticated request.</summary>
    /// <exception cref="InvalidOperationException">The route lets requests in without a credential.</exception>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The route has no authorization policy.");

    /// <summary>Gives handlers their caller as a parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));
}
