using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Bearer credentials in requests and what is said of them (RFC 6750).</summary>
internal static class Bearer
{
    /// <summary>The name of the scheme.</summary>
    public const string Scheme = "Bearer";

    /// <summary>What tells a client that a credential is needed.</summary>
    public const string Challenge = "Bearer realm=\"batches\"";

    private const string Prefix = $"{Scheme} ";

    private static readonly Problem Unauthenticated = new(
        ProblemCode.Unauthenticated, "This address needs an API key or access token: send 'Authorization: Bearer <key>'.");

    private static readonly Problem InvalidToken = new(
        ProblemCode.InvalidToken, "The API key or access token is mistyped, unknown, expired or revoked.");

    private static readonly Problem InsufficientScope = new(
        ProblemCode.InsufficientScope, "This credential may only read; this operation needs one with the scope 'write'.");

    /// <summary>The bearer credential of a request. Two headers, or another scheme, are none.</summary>
    public static string? GetToken(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header[0]!.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[0]![Prefix.Length..].Trim() : null;
    }

    /// <summary>Answers a request without a credential.</summary>
    public static Task ChallengeAsync(HttpContext context) => RefuseAsync(context, Challenge, Unauthenticated);

    /// <summary>Answers a request whose credential is not one.</summary>
    public static Task RefuseAsync(HttpContext context) => RefuseAsync(
        context,
        $"{Challenge}, error=\"invalid_token\", error_description=\"The key or token is mistyped, unknown, expired or revoked.\"",
        InvalidToken);

    /// <summary>Answers a request whose credential may not do that.</summary>
    public static Task ForbidAsync(HttpContext context) =>
        RefuseAsync(context, $"{Challenge}, error=\"insufficient_scope\", scope=\"write\"", InsufficientScope);

    private static Task RefuseAsync(HttpContext context, string challenge, Problem problem)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return problem.ExecuteAsync(context);
    }
}
