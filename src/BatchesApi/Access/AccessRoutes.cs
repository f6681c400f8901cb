using BatchesApi.Routing;
using static BatchesApi.Responses.ProblemCode;

namespace BatchesApi.Access;

/// <summary>The operations on credentials (contract, section 6).</summary>
internal static class AccessRoutes
{
    /// <summary>Maps the operations.</summary>
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup("/api/v2").WithTags("Access").AreDescribed().Fails(RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        access.MapPost("/signin", OperationNotes.Run(AccessOperations.SignIn))
            .IsFor(RouteAccess.Open)
            .WithName("signIn")
            .WithSummary("Sign in")
            .WithDescription("Gives a user an access token for a day, to be sent as `Authorization: Bearer <token>`. After 10 failures in a minute with "
                + "an e-mail address from one network address, or 30 from a network address, further sign-ins from there are refused "
                + "(429) until the minute is over. Failures with the same e-mail address from elsewhere delay a sign-in by up to 1.6 s.")
            .WithMetadata(OperationBody.SignIn)
            .TakesNoParameters()
            .Answers(OperationAnswer.AccessToken)
            .Fails(InvalidBody, MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidCredentials);

        access.MapPost("/signout", OperationNotes.Run(AccessOperations.SignOut))
            .WithName("signOut")
            .WithSummary("Sign out")
            .WithDescription("Ends the access token with which it is called.")
            .IsFor(RouteAccess.Read)
            .TakesNoParameters()
            .Answers(OperationAnswer.NoContent)
            .Fails(Unauthenticated, InvalidToken, AccessTokenRequired);

        access.MapGet("/keys/me", OperationNotes.Run(AccessOperations.Me))
            .WithName("describeCredential")
            .WithSummary("Describe the credential")
            .WithDescription("Tells a caller about its own API key or access token: the account, what it may do, until when, its policy, and what is left "
                + "of its limits.")
            .IsFor(RouteAccess.Read)
            .TakesNoParameters()
            .Answers(OperationAnswer.Credential)
            .Fails(Unauthenticated, InvalidToken);
    }
}
