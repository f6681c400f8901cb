using System.Diagnostics;
using System.Text.Json.Nodes;
using BatchesApi.Access.Limits;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Access;

/// <summary>Signing in and out, and what a credential is.</summary>
internal static class AccessOperations
{
    private static readonly Problem WrongCredentials = new(
        ProblemCode.InvalidCredentials, "The e-mail address is not that of a user who may sign in, or the password is wrong.");

    /// <summary>Gives a user an access token.</summary>
    public static async Task<IResult> SignIn(HttpContext context)
    {
        var (services, cancellation) = (context.RequestServices, context.RequestAborted);
        var (body, fault, detail) = await RequestBody.ReadAsync(context.Request, SignInBody.MaxBytes, SignInBody.MaxBytes, cancellation);
        if (body is null)
            return Problem.UnreadableBody(fault, detail);
        var faults = new Faults();
        var (email, password) = SignInBody.Read(body, services.GetRequiredService<RequestSettings>().Strict, faults, out var malformed);
        if (malformed is not null)
            return new Problem(ProblemCode.MalformedBody, malformed);
        if (faults.Any)
            return Problem.InvalidBody(faults);

        var (token, refusal) = await services.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.Of(context),
            UserRegister.Folded(email),
            cancellation => services.GetRequiredService<UserRegister>().SignInAsync(email, password, cancellation),
            cancellation);
        if (refusal is not null)
            return refusal;
        if (token is not null)
        {
            return new PrivateResult(new JsonObject
            {
                ["accessToken"] = token,
                ["tokenType"] = "Bearer",
                ["expiresIn"] = (int)UserRegister.TokenLifetime.TotalSeconds,
            });
        }
        context.Response.Headers.WWWAuthenticate = Bearer.Challenge;
        return WrongCredentials;
    }

    /// <summary>Ends the access token of the caller.</summary>
    public static async Task<IResult> SignOut(HttpContext context)
    {
        var (services, caller) = (context.RequestServices, Caller.Of(context));
        if (!caller.IsUser)
            return new Problem(ProblemCode.AccessTokenRequired, "An API key cannot sign out. It stays valid until it expires or the operator revokes it.");
        if (!await services.GetRequiredService<KeyRegister>().RevokeKeyAsync(caller.CredentialId, context.RequestAborted))
            throw new UnreachableException($"The token {caller.CredentialId} was found, but is not there.");
        services.GetRequiredService<CallerLookup>().Forget(Bearer.SecretOf(context.Request)!);
        return TypedResults.NoContent();
    }

    /// <summary>Tells the caller about its credential.</summary>
    public static async Task<IResult> Me(HttpContext context)
    {
        var caller = Caller.Of(context);
        var limiter = context.RequestServices.GetRequiredService<RequestLimiter>();
        var limits = RequestLimits.Of(context).States.Concat(await limiter.LookIntensiveAsync(context)).Select(state => new JsonObject
        {
            ["name"] = state.Quota.Name,
            ["limit"] = state.Quota.Limit,
            ["windowSeconds"] = (int)state.Quota.Window.TotalSeconds,
            ["remaining"] = state.Remaining,
            ["resetSeconds"] = (int)Math.Ceiling(state.Reset.TotalSeconds),
        });
        return new PrivateResult(new JsonObject
        {
            ["account"] = caller.AccountName,
            ["kind"] = caller.IsUser ? "user" : "key",
            ["name"] = caller.Name,
            ["scope"] = caller.Scope.ToText(),
            ["policy"] = caller.PolicyText is null ? null : JsonNode.Parse(caller.PolicyText),
            ["expiresAt"] = caller.ExpiresAt is { } expiry ? Rfc3339.ToText(expiry) : null,
            ["limits"] = new JsonArray([.. limits]),
        });
    }
}
