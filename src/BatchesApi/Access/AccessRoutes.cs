using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Access;

/// <summary>The operations on credentials (specification, section 6).</summary>
internal static class AccessRoutes
{
    public const string SignIn = $"{Group}/signin";

    public const string SignOut = $"{Group}/signout";

    public const string Me = $"{Group}/keys/me";

    private const string Group = "/api/v2";

    /// <summary>The addresses of the sign-in in the vendor's reference.</summary>
    private static readonly string[] SignInAliases = [$"{Group}/authenticator/signin", $"{Group}/authenticator/signin2"];

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup("").WithTags("Access").WithOpenApiMethod()
            .ProducesProblems(RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        access.MapSignIn(SignIn)
            .WithName("signIn")
            .WithSummary("Sign in")
            .WithDescription("Returns an access token that is valid for a day. Send it as `Authorization: Bearer <token>`. "
                + "After 10 failures in a minute with an e-mail address from one network address, or 30 from a network address, "
                + "further sign-ins from there are rejected (429) until the minute is over. "
                + "Failures with the same e-mail address from elsewhere delay a sign-in by up to 1.6 s. "
                + $"{string.Join(" and ", SignInAliases.Select(alias => $"`POST {alias}`"))} are the same operation.");
        foreach (var alias in SignInAliases)
            access.MapSignIn(alias).ExcludeFromDescription();

        access.MapPost(SignOut, EndpointConventions.ToRequestDelegate(AccessHandlers.SignOut))
            .WithName("signOut")
            .WithSummary("Sign out")
            .WithDescription("Revokes the access token of the request.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(Unauthenticated, InvalidToken, AccessTokenRequired);

        access.MapGetAndHead(Me, EndpointConventions.ToRequestDelegate(AccessHandlers.Me))
            .WithName("describeCredential")
            .WithSummary("Describe the credential")
            .WithDescription("Returns the account, scope, policy, expiry and remaining limits of the API key or access token "
                + "of the request.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Credential)
            .ProducesProblems(Unauthenticated, InvalidToken);
    }

    private static IEndpointConventionBuilder MapSignIn(this IEndpointRouteBuilder routes, string pattern) =>
        routes.MapPost(pattern, EndpointConventions.ToRequestDelegate(AccessHandlers.SignIn))
            .RequireScope(RouteAccess.Anonymous)
            .Accepts(RequestBodyMetadata.SignIn)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.AccessToken)
            .ProducesProblems(InvalidCredentials);
}
