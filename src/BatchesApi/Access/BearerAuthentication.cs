using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Reads bearer tokens and writes the challenges for them (RFC 6750).</summary>
internal static class BearerAuthentication
{
    public const string Scheme = "Bearer";

    /// <summary>The <c>WWW-Authenticate</c> challenge.</summary>
    public const string Challenge = $"{Scheme} realm=\"batches\"";

    /// <summary>Returns the bearer token of a request, or null if there is no such header, several, or one of another scheme.</summary>
    public static string? GetToken(HttpRequest request)
    {
        const string Prefix = $"{Scheme} ";
        return request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? header[Prefix.Length..].Trim()
            : null;
    }

    /// <summary>Returns the problem of a request without a token, or with an invalid one, and adds the challenge to the response.</summary>
    public static Problem Reject(HttpContext context, string? token)
    {
        context.Response.Headers.WWWAuthenticate = token is null
            ? Challenge
            : $"{Challenge}, error=\"invalid_token\", error_description=\"The key or token is mistyped, unknown, expired or revoked.\"";
        return token is null
            ? new Problem(ProblemCode.Unauthenticated, CredentialHints.ForMissing(context.Request))
            : new Problem(ProblemCode.InvalidToken, CredentialHints.ForInvalid(token));
    }

    /// <summary>Returns the problem of a request whose token lacks the scope, and adds the challenge to the response.</summary>
    public static Problem Forbid(HttpContext context, Scope actual, Scope required)
    {
        context.Response.Headers.WWWAuthenticate = $"{Challenge}, error=\"insufficient_scope\", scope=\"{required.ToText()}\"";
        return new Problem(
            ProblemCode.InsufficientScope,
            $"This credential has the scope '{actual.ToText()}'; this operation needs the scope '{required.ToText()}'.");
    }
}
