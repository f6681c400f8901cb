using System.Security.Claims;
using System.Text.Encodings.Web;
using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Responses;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace BatchesApi.Access;

/// <summary>Bearer authentication with API keys (RFC 6750; contract, section 6).</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, CallerLookup callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string SchemeName = "Bearer";

    /// <summary>What tells a client that a credential is needed.</summary>
    public const string Challenge = "Bearer realm=\"batches\"";

    private static readonly ClaimsPrincipal Reader = Principal(Scope.Read);
    private static readonly ClaimsPrincipal Writer = Principal(Scope.Read, Scope.Write);

    private bool _refused;

    /// <summary>The bearer credential of a request. Two headers, or another scheme, are none.</summary>
    public static string? SecretOf(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header[0]!.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[0]!["Bearer ".Length..].Trim() : null;
    }

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Addresses that are open to all, or lead nowhere, are answered the same with every credential, and without the database.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is null)
            return AuthenticateResult.NoResult();
        if (SecretOf(Request) is not { } secret)
            return AuthenticateResult.NoResult();

        var db = Context.RequestServices.GetRequiredService<BatchesContext>();
        var caller = await callers.FindAsync(secret, db, Context.RequestAborted);
        if (caller is null)
        {
            _refused = true;
            return AuthenticateResult.Fail("unknown, expired or revoked key");
        }
        Context.Features.Set(caller);
        return AuthenticateResult.Success(new AuthenticationTicket(caller.Scope == Scope.Write ? Writer : Reader, SchemeName));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = _refused
            ? $"{Challenge}, error=\"invalid_token\", error_description=\"The key or token is mistyped, unknown, expired or revoked.\""
            : Challenge;
        var problem = _refused
            ? new Problem(ProblemCode.InvalidToken, "The API key or access token is mistyped, unknown, expired or revoked.")
            : new Problem(ProblemCode.Unauthenticated, "This address needs an API key or access token: send 'Authorization: Bearer <key>'.");
        return problem.ExecuteAsync(Context);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = $"{Challenge}, error=\"insufficient_scope\", scope=\"write\"";
        return new Problem(ProblemCode.InsufficientScope, "This credential may only read; this operation needs one with the scope 'write'.")
            .ExecuteAsync(Context);
    }

    private static ClaimsPrincipal Principal(params Scope[] scopes) =>
        new(new ClaimsIdentity(scopes.Select(scope => new Claim(Policies.ScopeClaim, scope.ToString())), SchemeName));
}
