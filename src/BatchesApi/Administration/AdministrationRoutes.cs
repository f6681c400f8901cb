using BatchesApi.Batches;
using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Administration;

/// <summary>The operations on API keys and users (specification, section 10).</summary>
internal static class AdministrationRoutes
{
    public const string Keys = "/api/v2/keys";

    public const string Users = "/api/v2/users";

    private const string Id = $"/{{id:{CredentialIdConstraint.Name}}}";

    private static readonly ProblemCode[] ListProblems = [InvalidParameter, ListTimeout, TooManyLists];

    /// <summary>Registers the constraint of ids.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.Configure<RouteOptions>(
        options => options.SetParameterPolicy<CredentialIdConstraint>(CredentialIdConstraint.Name));

    public static void MapAdministration(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("")
            .WithTags("Administration")
            .WithOpenApiMethod()
            .ProducesProblems(BatchRoutes.CommonProblems);
        MapKeys(group.MapGroup(Keys).RequireScope(RouteAccess.Admin).ProducesProblems(InsufficientScope));
        MapUsers(group.MapGroup(Users).RequireScope(RouteAccess.Admin).ProducesProblems(InsufficientScope));

        group.MapPost($"{Users}/me/password", AdministrationContext.Run(UserHandlers.ChangePassword))
            .RequireScope(RouteAccess.Read)
            .WithName("changePassword")
            .WithSummary("Change your password")
            .WithDescription("Changes the password of the user whose access token is sent, and revokes all other access tokens of the user."
                + " Wrong passwords count towards the limits of sign-ins. The request is resource-intensive.")
            .Accepts(RequestBodyMetadata.PasswordChange)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(AccessTokenRequired);
    }

    private static void MapKeys(RouteGroupBuilder keys)
    {
        keys.MapGetAndHead("", AdministrationContext.Run(KeyHandlers.List))
            .WithName("listKeys")
            .WithSummary("List the API keys")
            .WithDescription("Returns the API keys of the account, the newest first, with those that are expired or revoked.")
            .WithParameters(AdministrationParameters.Page)
            .ProducesResponse(ResponseMetadata.Keys)
            .ProducesProblems(ListProblems);

        keys.MapPost("", AdministrationContext.Run(KeyHandlers.Create))
            .WithName("createKey")
            .WithSummary("Create an API key")
            .WithDescription("Creates an API key. The response contains the secret, which is not shown again.")
            .Accepts(RequestBodyMetadata.NewKey)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.KeyCreated)
            .ProducesProblems(TooManyKeys);

        keys.MapGetAndHead(Id, AdministrationContext.Run(KeyHandlers.Retrieve))
            .WithName("retrieveKey")
            .WithSummary("Retrieve an API key")
            .WithDescription("Returns the API key with this id, without its secret.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Key)
            .ProducesProblems(KeyNotFound);

        keys.MapPatch(Id, AdministrationContext.Run(KeyHandlers.Update))
            .WithName("updateKey")
            .WithSummary("Update an API key")
            .WithDescription("Sets the name or the expiry. The scope and the policy of a key do not change: create another key.")
            .Accepts(RequestBodyMetadata.KeyChanges)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Key)
            .ProducesProblems(KeyNotFound, KeyRevoked, TooManyKeys);

        keys.MapDelete(Id, AdministrationContext.Run(KeyHandlers.Revoke))
            .WithName("revokeKey")
            .WithSummary("Revoke an API key")
            .WithDescription("Permanently revokes the API key; it stays in the list. All servers reject it within seconds.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(KeyNotFound);

        keys.MapPost($"{Id}/rotate", AdministrationContext.Run(KeyHandlers.Rotate))
            .WithName("rotateKey")
            .WithSummary("Rotate the secret of an API key")
            .WithDescription("Returns a new secret. The present one stays valid for `overlap`, so that clients can be changed one by one; "
                + "the one before it is revoked. The id, the scope, the policy and the limits stay.")
            .Accepts(RequestBodyMetadata.KeyRotation)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.KeyWithSecret)
            .ProducesProblems(KeyNotFound, KeyRevoked, KeyExpired);
    }

    private static void MapUsers(RouteGroupBuilder users)
    {
        users.MapGetAndHead("", AdministrationContext.Run(UserHandlers.List))
            .WithName("listUsers")
            .WithSummary("List the users")
            .WithDescription("Returns the users of the account, the newest first, with those that are disabled.")
            .WithParameters(AdministrationParameters.Page)
            .ProducesResponse(ResponseMetadata.Users)
            .ProducesProblems(ListProblems);

        users.MapPost("", AdministrationContext.Run(UserHandlers.Create))
            .WithName("createUser")
            .WithSummary("Create a user")
            .WithDescription("Creates a user. The request is resource-intensive.")
            .Accepts(RequestBodyMetadata.NewUser)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.UserCreated)
            .ProducesProblems(EmailTaken, TooManyUsers);

        users.MapGetAndHead(Id, AdministrationContext.Run(UserHandlers.Retrieve))
            .WithName("retrieveUser")
            .WithSummary("Retrieve a user")
            .WithDescription("Returns the user with this id.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.User)
            .ProducesProblems(UserNotFound);

        users.MapPatch(Id, AdministrationContext.Run(UserHandlers.Update))
            .WithName("updateUser")
            .WithSummary("Update a user")
            .WithDescription("Sets the members that are passed. The scope and the policy also hold for the user's access tokens, within "
                + "seconds. A new password, or `disabled: true`, revokes all access tokens of the user. A request with a password is "
                + "resource-intensive.")
            .Accepts(RequestBodyMetadata.UserChanges)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.User)
            .ProducesProblems(UserNotFound, TooManyUsers);
    }
}
