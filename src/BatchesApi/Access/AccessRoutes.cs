using BatchesApi.Requests;
using BatchesApi.Routing;
using static BatchesApi.Responses.ProblemCode;

namespace BatchesApi.Access;

/// <summary>The operations on credentials (contract, section 6).</summary>
internal static class AccessRoutes
{
    /// <summary>Maps the operations.</summary>
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var settings = routes.ServiceProvider.GetRequiredService<RequestSettings>();
        static RequestDelegate Run(Func<HttpContext, Task<IResult>> operation) => async context =>
        {
            var result = await operation(context);
            await result.ExecuteAsync(context);
        };

        var access = routes.MapGroup("/api/v2").WithTags("Access").Fails(RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        access.MapPost("/signin", Run(AccessOperations.SignIn)).IsDescribed()
            .IsFor(RouteAccess.Open)
            .WithName("signIn")
            .WithSummary("Sign in")
            .WithDescription("Gives a user an access token for a day, to be sent as `Authorization: Bearer <token>`. After 10 tries in a minute with "
                + "an e-mail address, or 30 from a network address, further ones are refused for a while.")
            .WithMetadata(OperationBody.SignIn)
            .TakesNoParameters(settings)
            .Answers(OperationAnswer.AccessToken)
            .Fails(InvalidBody, MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidCredentials);

        access.MapPost("/signout", Run(AccessOperations.SignOut)).IsDescribed()
            .WithName("signOut")
            .WithSummary("Sign out")
            .WithDescription("Ends the access token with which it is called.")
            .IsFor(RouteAccess.Read)
            .TakesNoParameters(settings)
            .Answers(OperationAnswer.NoContent)
            .Fails(Unauthenticated, InvalidToken, AccessTokenRequired);

        access.MapGet("/keys/me", Run(AccessOperations.Me)).IsDescribed()
            .WithName("describeCredential")
            .WithSummary("Describe the credential")
            .WithDescription("Tells a caller about its own API key or access token: the account, what it may do, until when, its policy, and what is left "
                + "of its limits.")
            .IsFor(RouteAccess.Read)
            .TakesNoParameters(settings)
            .Answers(OperationAnswer.Credential)
            .Fails(Unauthenticated, InvalidToken);
    }
}
