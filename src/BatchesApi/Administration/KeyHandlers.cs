using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>Handlers for the API keys of an account.</summary>
internal static class KeyHandlers
{
    public static readonly Problem KeyNotFound = new(
        ProblemCode.KeyNotFound, "The account has no API key with this id. The access tokens of users are not API keys.");

    public static readonly Problem KeyRevoked = new(ProblemCode.KeyRevoked, "The API key is revoked for good. Create another.");

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
        var (key, secret) = await context.Keys.CreateAsync(
            context.AccountId, request.Value, context.Caller.Actor, context.Cancellation);
        return KeyResponses.Created(key, secret, context.Now);
    }

    public static async Task<IResult> Retrieve(AdministrationContext context) =>
        ObjectIdGenerator.IsValid(context.Id)
            && await context.Reader.FindKeyAsync(context.AccountId, context.Id, context.Cancellation) is { } key
            ? KeyResponses.Ok(key, context.Now)
            : KeyNotFound;

    public static async Task<IResult> Update(AdministrationContext context)
    {
        var patch = await context.ReadBodyAsync(body => KeyRequestReader.ReadChange(body, context.Now));
        if (patch.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return KeyNotFound;
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
            return KeyNotFound;
        var (change, secret) = await context.Keys.RotateAsync(
            context.AccountId, context.Id, rotation.Value.Overlap, context.Caller.Actor, context.Cancellation);
        return Respond(context, change, key => KeyResponses.Ok(key, secret, context.Now));
    }

    /// <summary>Revokes a key.</summary>
    public static async Task<IResult> Revoke(AdministrationContext context)
    {
        if (!ObjectIdGenerator.IsValid(context.Id))
            return KeyNotFound;
        var change = await context.Keys.RevokeAsync(context.AccountId, context.Id, context.Caller.Actor, context.Cancellation);
        context.Evict(change.Secrets);
        return change.Key is null ? KeyNotFound : TypedResults.NoContent();
    }

    /// <summary>Responds to a change of a key, which is refused if the key is revoked.</summary>
    private static IResult Respond(AdministrationContext context, KeyChange change, Func<ApiKey, IResult> succeed)
    {
        context.Evict(change.Secrets);
        return change.Key switch
        {
            null => KeyNotFound,
            { RevokedAt: not null } => KeyRevoked,
            var key => succeed(key),
        };
    }
}
