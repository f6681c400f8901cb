using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Access;

/// <summary>The operations on credentials (specification, section 6).</summary>
internal static class AccessRoutes
{
    /// <summary>Maps the operations.</summary>
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup("/api/v2").WithTags("Access").WithOpenApiMethod().ProducesProblems(RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        access.MapPost("/signin", EndpointConventions.ToRequestDelegate(AccessHandlers.SignIn))
            .RequireScope(RouteAccess.Anonymous)
            .WithName("signIn")
            .WithSummary("Sign in")
            .WithDescription("Gives a user an access token for a day, to be sent as `Authorization: Bearer <token>`. After 10 failures in a minute with "
                + "an e-mail address from one network address, or 30 from a network address, further sign-ins from there are refused "
                + "(429) until the minute is over. Failures with the same e-mail address from elsewhere delay a sign-in by up to 1.6 s.")
            .Accepts(RequestBodyMetadata.SignIn)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.AccessToken)
            .ProducesProblems(InvalidBody, MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidCredentials);

        access.MapPost("/signout", EndpointConventions.ToRequestDelegate(AccessHandlers.SignOut))
            .WithName("signOut")
            .WithSummary("Sign out")
            .WithDescription("Ends the access token with which it is called.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(Unauthenticated, InvalidToken, AccessTokenRequired);

        access.MapGetAndHead("/keys/me", EndpointConventions.ToRequestDelegate(AccessHandlers.Me))
            .WithName("describeCredential")
            .WithSummary("Describe the credential")
            .WithDescription("Tells a caller about its own API key or access token: the account, what it may do, until when, its policy, and what is left "
                + "of its limits.")
            .RequireScope(RouteAccess.Read)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Credential)
            .ProducesProblems(Unauthenticated, InvalidToken);
    }
}
