using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>Handlers for the API keys of an account.</summary>
internal static class KeyHandlers
{
    public static Task<IResult> List(AdministrationContext context) => context.ListAsync(
        "keys",
        (reader, before, limit) => reader.ListKeysAsync(context.AccountId, before, limit, context.Cancellation),
        key => key.Id,
        (keys, limit, next) => KeyResponses.Ok(keys, limit, next, context.Now));

    public static async Task<IResult> Create(AdministrationContext context)
    {
        var request = await context.ReadBodyAsync(body => KeyRequestReader.ReadCreate(body, context.Now));
        if (request.Problem is { } problem)
            return problem;
        var created = await context.Keys.CreateAsync(context.AccountId, request.Value, context.Caller.Actor, context.Cancellation);
        return created.Problem ?? KeyResponses.Created(created.Value.Key, created.Value.Secret, context.Now);
    }

    public static async Task<IResult> Retrieve(AdministrationContext context) =>
        ObjectIdGenerator.IsValid(context.Id)
            && await context.Reader.FindKeyAsync(context.AccountId, context.Id, context.Cancellation) is { } key
            ? KeyResponses.Ok(key, context.Now)
            : CredentialProblems.KeyNotFound;

    public static async Task<IResult> Update(AdministrationContext context)
    {
        var patch = await context.ReadBodyAsync(body => KeyRequestReader.ReadChange(body, context.Now));
        if (patch.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return CredentialProblems.KeyNotFound;
        var change = await context.Keys.UpdateAsync(
            context.AccountId, context.Id, patch.Value, context.Caller.Actor, context.Cancellation);
        return Respond(context, change, key => KeyResponses.Ok(key, context.Now));
    }

    public static async Task<IResult> Rotate(AdministrationContext context)
    {
        var rotation = await context.ReadBodyAsync(KeyRequestReader.ReadRotation);
        if (rotation.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return CredentialProblems.KeyNotFound;
        var (change, secret) = await context.Keys.RotateAsync(
            context.AccountId, context.Id, rotation.Value.Overlap, context.Caller.Actor, context.Cancellation);
        return Respond(context, change, key => KeyResponses.Ok(key, secret, context.Now));
    }

    /// <summary>Revokes a key.</summary>
    public static async Task<IResult> Revoke(AdministrationContext context)
    {
        if (!ObjectIdGenerator.IsValid(context.Id))
            return CredentialProblems.KeyNotFound;
        var change = await context.Keys.RevokeAsync(context.AccountId, context.Id, context.Caller.Actor, context.Cancellation);
        return Respond(context, change, _ => TypedResults.NoContent());
    }

    private static IResult Respond(AdministrationContext context, Result<KeyChange> change, Func<ApiKey, IResult> succeed)
    {
        if (change.Problem is { } problem)
            return problem;
        context.Evict(change.Value.Secrets);
        return succeed(change.Value.Key);
    }
}
