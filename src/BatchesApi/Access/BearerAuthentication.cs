using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Reads bearer tokens and writes the challenges for them (RFC 6750).</summary>
internal static class BearerAuthentication
{
    public const string Scheme = "Bearer";

    /// <summary>The <c>WWW-Authenticate</c> challenge.</summary>
    public const string Challenge = $"{Scheme} realm=\"batches\"";

    private static readonly Problem Unauthenticated = new(
        ProblemCode.Unauthenticated, "This address needs an API key or access token: send 'Authorization: Bearer <key>'.");

    private static readonly Problem InvalidToken = new(
        ProblemCode.InvalidToken, "The API key or access token is mistyped, unknown, expired or revoked.");

    private static readonly Problem InsufficientScope = new(
        ProblemCode.InsufficientScope, "This credential may only read; this operation needs one with the scope 'write'.");

    /// <summary>Returns the bearer token of a request, or null if there is no such header, several, or one of another scheme.</summary>
    public static string? GetToken(HttpRequest request)
    {
        const string Prefix = $"{Scheme} ";
        return request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? header[Prefix.Length..].Trim()
            : null;
    }

    /// <summary>Responds to a request without a token.</summary>
    public static Task ChallengeAsync(HttpContext context) => RespondAsync(context, Challenge, Unauthenticated);

    /// <summary>Responds to a request with an invalid token.</summary>
    public static Task RejectAsync(HttpContext context) => RespondAsync(
        context,
        $"{Challenge}, error=\"invalid_token\", error_description=\"The key or token is mistyped, unknown, expired or revoked.\"",
        InvalidToken);

    /// <summary>Responds to a request whose token has the scope <c>read</c> only.</summary>
    public static Task ForbidAsync(HttpContext context) =>
        RespondAsync(context, $"{Challenge}, error=\"insufficient_scope\", scope=\"write\"", InsufficientScope);

    private static Task RespondAsync(HttpContext context, string challenge, Problem problem)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return problem.ExecuteAsync(context);
    }
}
