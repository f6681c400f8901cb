using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Access;

/// <summary>The operations on credentials (specification, section 6).</summary>
internal static class AccessRoutes
{
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup("/api/v2").WithTags("Access").WithOpenApiMethod()
            .ProducesProblems(RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        access.MapPost("/signin", EndpointConventions.ToRequestDelegate(AccessHandlers.SignIn))
            .RequireScope(RouteAccess.Anonymous)
            .WithName("signIn")
            .WithSummary("Sign in")
            .WithDescription("Returns an access token that is valid for a day. Send it as `Authorization: Bearer <token>`. "
                + "After 10 failures in a minute with an e-mail address from one network address, or 30 from a network address, "
                + "further sign-ins from there are rejected (429) until the minute is over. "
                + "Failures with the same e-mail address from elsewhere delay a sign-in by up to 1.6 s.")
            .Accepts(RequestBodyMetadata.SignIn)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.AccessToken)
            .ProducesProblems(InvalidBody, MalformedBody, RequestTimeout, BodyTooLarge, UnsupportedMediaType, InvalidCredentials);

        access.MapPost("/signout", EndpointConventions.ToRequestDelegate(AccessHandlers.SignOut))
            .WithName("signOut")
            .WithSummary("Sign out")
            .WithDescription("Revokes the access token of the request.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(Unauthenticated, InvalidToken, AccessTokenRequired);

        access.MapGetAndHead("/keys/me", EndpointConventions.ToRequestDelegate(AccessHandlers.Me))
            .WithName("describeCredential")
            .WithSummary("Describe the credential")
            .WithDescription("Returns the account, scope, policy, expiry and remaining limits of the API key or access token "
                + "of the request.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Credential)
            .ProducesProblems(Unauthenticated, InvalidToken);
    }
}
