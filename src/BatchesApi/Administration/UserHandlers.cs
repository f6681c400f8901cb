using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>Handlers for the users of an account.</summary>
internal static class UserHandlers
{
    private static readonly Problem KeyHasNoPassword = new(
        ProblemCode.AccessTokenRequired, "An API key has no password. Send the access token of the user whose password is to change.");

    public static Task<IResult> List(AdministrationContext context) => context.ListAsync(
        "users",
        (reader, before, limit) => reader.ListUsersAsync(context.AccountId, before, limit, context.Cancellation),
        user => user.Id,
        UserResponses.Ok);

    public static async Task<IResult> Create(AdministrationContext context)
    {
        var request = await context.ReadBodyAsync(UserRequestReader.ReadCreate);
        if (request.Problem is { } problem)
            return problem;
        if (await context.LimitAsync() is { } limit)
            return limit;
        var user = await context.Users.CreateAsync(context.AccountId, request.Value, context.Caller.Actor, context.Cancellation);
        return user.Problem ?? UserResponses.Created(user.Value);
    }

    public static async Task<IResult> Retrieve(AdministrationContext context) =>
        ObjectIdGenerator.IsValid(context.Id)
            && await context.Reader.FindUserAsync(context.AccountId, context.Id, context.Cancellation) is { } user
            ? UserResponses.Ok(user)
            : CredentialProblems.UserNotFound;

    public static async Task<IResult> Update(AdministrationContext context)
    {
        var patch = await context.ReadBodyAsync(UserRequestReader.ReadChange);
        if (patch.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return CredentialProblems.UserNotFound;
        if (patch.Value.Password is not null && await context.LimitAsync() is { } limit)
            return limit;
        var change = await context.Users.UpdateAsync(
            context.AccountId, context.Id, patch.Value, context.Caller.Actor, context.Cancellation);
        if (change.Problem is { } rejection)
            return rejection;
        context.Evict(change.Value.Tokens);
        return UserResponses.Ok(change.Value.User);
    }

    /// <summary>Changes the password of the caller.</summary>
    public static async Task<IResult> ChangePassword(AdministrationContext context)
    {
        var caller = context.Caller;
        if (!caller.IsUser)
            return KeyHasNoPassword;
        var body = await context.ReadBodyAsync(UserRequestReader.ReadPasswordChange);
        if (body.Problem is { } problem)
            return problem;
        if (await context.LimitAsync() is { } limit)
            return limit;
        var (response, rejection) = await context.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context.HttpContext),
            caller.Name,
            cancellation => ChangePasswordAsync(context, body.Value, cancellation),
            context.Cancellation);
        return response ?? rejection ?? CredentialProblems.WrongPassword;
    }

    /// <returns>The response, or null if the current password is wrong.</returns>
    private static async Task<IResult?> ChangePasswordAsync(
        AdministrationContext context, PasswordChange passwords, CancellationToken cancellation)
    {
        var caller = context.Caller;
        var change = await context.Users.ChangePasswordAsync(
            caller.AccountId, caller.CredentialId, passwords.Current, passwords.New, caller.Actor, cancellation);
        if (change.Problem == CredentialProblems.WrongPassword)
            return null;
        if (change.Problem is not null)
            return BearerAuthentication.Reject(context.HttpContext, BearerAuthentication.GetToken(context.HttpContext.Request)!);
        context.Evict(change.Value.Tokens);
        return TypedResults.NoContent();
    }
}
