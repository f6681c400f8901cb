using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>Handlers for the users of an account.</summary>
internal static class UserHandlers
{
    public static readonly Problem UserNotFound = new(ProblemCode.UserNotFound, "The account has no user with this id.");

    private static readonly Problem KeyHasNoPassword = new(
        ProblemCode.AccessTokenRequired, "An API key has no password. Send the access token of the user whose password is to change.");

    public static Problem CreateEmailTaken()
    {
        var errors = new ValidationErrors();
        errors.Add(CredentialMembers.Email, "is the address of another user. It need not be a user of this account.");
        return new Problem(
            ProblemCode.EmailTaken,
            "An e-mail address belongs to one user of the server. Enable or change that user, or use another address.",
            errors);
    }

    public static Task<IResult> List(AdministrationContext context) => context.ListAsync(
        "users",
        (reader, before, limit) => reader.ListUsersAsync(context.AccountId, before, limit, context.Cancellation),
        user => user.Id,
        UserResponses.Ok);

    public static async Task<IResult> Create(AdministrationContext context)
    {
        if (await context.LimitAsync() is { } limit)
            return limit;
        var request = await context.ReadBodyAsync(UserRequestReader.ReadCreate);
        if (request.Problem is { } problem)
            return problem;
        var user = await context.Users.CreateAsync(context.AccountId, request.Value, context.Caller.Actor, context.Cancellation);
        return user is null ? CreateEmailTaken() : UserResponses.Created(user);
    }

    public static async Task<IResult> Retrieve(AdministrationContext context) =>
        ObjectIdGenerator.IsValid(context.Id)
            && await context.Reader.FindUserAsync(context.AccountId, context.Id, context.Cancellation) is { } user
            ? UserResponses.Ok(user)
            : UserNotFound;

    public static async Task<IResult> Update(AdministrationContext context)
    {
        var patch = await context.ReadBodyAsync(UserRequestReader.ReadChange);
        if (patch.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return UserNotFound;
        if (patch.Value.Password is not null && await context.LimitAsync() is { } limit)
            return limit;
        var change = await context.Users.UpdateAsync(
            context.AccountId, context.Id, patch.Value, context.Caller.Actor, context.Cancellation);
        context.Evict(change.Tokens);
        if (!change.IsConflict)
            return change.User is { } user ? UserResponses.Ok(user) : UserNotFound;
        var errors = new ValidationErrors();
        errors.Add(
            patch.Value.Scope is null ? CredentialMembers.Policy : CredentialMembers.Scope,
            "A user cannot have both the scope admin and a policy: change both in one request.");
        return Problem.InvalidBody(errors);
    }

    /// <summary>Changes the password of the caller.</summary>
    public static async Task<IResult> ChangePassword(AdministrationContext context)
    {
        var caller = context.Caller;
        if (!caller.IsUser)
            return KeyHasNoPassword;
        if (await context.LimitAsync() is { } limit)
            return limit;
        var body = await context.ReadBodyAsync(UserRequestReader.ReadPasswordChange);
        if (body.Problem is { } problem)
            return problem;
        var (current, password) = body.Value;
        var (tokens, rejection) = await context.GetService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context.HttpContext),
            caller.Name,
            cancellation => context.Users.ChangePasswordAsync(
                caller.AccountId, caller.CredentialId, current, password, caller.Actor, cancellation),
            context.Cancellation);
        if (rejection is not null)
            return rejection;
        if (tokens is not null)
        {
            context.Evict(tokens);
            return TypedResults.NoContent();
        }
        var errors = new ValidationErrors();
        errors.Add(CredentialMembers.CurrentPassword, "is not the password of the user.");
        return Problem.InvalidBody(errors);
    }
}
