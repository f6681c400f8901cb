using System.Diagnostics;
using System.Text.Json.Nodes;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Signing in and out, and what a credential is.</summary>
internal static class AccessHandlers
{
    private static readonly Problem WrongCredentials = new(
        ProblemCode.InvalidCredentials, "The e-mail address is not that of a user who may sign in, or the password is wrong.");

    /// <summary>Gives a user an access token.</summary>
    public static async Task<IResult> SignIn(HttpContext context)
    {
        var (services, cancellation) = (context.RequestServices, context.RequestAborted);
        var body = await RequestBody.ReadAsync(context.Request, SignInRequest.MaxBytes);
        if (body.Problem is { } unreadable)
            return unreadable;
        var request = SignInRequest.Read(body.Value, services.GetRequiredService<RequestOptions>().Strict);
        if (request.Problem is { } invalid)
            return invalid;
        var (email, password) = request.Value;

        var (token, refusal) = await services.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context),
            UserStore.NormalizeEmail(email),
            cancellation => services.GetRequiredService<UserStore>().SignInAsync(email, password, cancellation),
            cancellation);
        if (refusal is not null)
            return refusal;
        if (token is not null)
        {
            return new NoStoreJsonResult(new JsonObject
            {
                ["accessToken"] = token,
                ["tokenType"] = "Bearer",
                ["expiresIn"] = (int)UserStore.TokenLifetime.TotalSeconds,
            });
        }
        context.Response.Headers.WWWAuthenticate = Bearer.Challenge;
        return WrongCredentials;
    }

    /// <summary>Ends the access token of the caller.</summary>
    public static async Task<IResult> SignOut(HttpContext context)
    {
        var (services, caller) = (context.RequestServices, Caller.FromContext(context));
        if (!caller.IsUser)
            return new Problem(ProblemCode.AccessTokenRequired, "An API key cannot sign out. It stays valid until it expires or the operator revokes it.");
        if (!await services.GetRequiredService<ApiKeyStore>().RevokeKeyAsync(caller.CredentialId, context.RequestAborted))
            throw new UnreachableException($"The token {caller.CredentialId} was found, but is not there.");
        services.GetRequiredService<CredentialCache>().Evict(Bearer.GetToken(context.Request)!);
        return TypedResults.NoContent();
    }

    /// <summary>Tells the caller about its credential.</summary>
    public static async Task<IResult> Me(HttpContext context)
    {
        var caller = Caller.FromContext(context);
        var limiter = context.RequestServices.GetRequiredService<RequestLimiter>();
        var limits = RateLimitHeaders.FromContext(context).States.Concat(await limiter.PeekIntensiveAsync(context)).Select(state => new JsonObject
        {
            ["name"] = state.Quota.Name,
            ["limit"] = state.Quota.Limit,
            ["windowSeconds"] = (int)state.Quota.Window.TotalSeconds,
            ["remaining"] = state.Remaining,
            ["resetSeconds"] = (int)Math.Ceiling(state.Reset.TotalSeconds),
        });
        return new NoStoreJsonResult(new JsonObject
        {
            ["account"] = caller.AccountName,
            ["kind"] = caller.IsUser ? "user" : "key",
            ["name"] = caller.Name,
            ["scope"] = caller.Scope.ToText(),
            ["policy"] = caller.PolicyText is null ? null : JsonNode.Parse(caller.PolicyText),
            ["expiresAt"] = caller.ExpiresAt is { } expiry ? Rfc3339.Format(expiry) : null,
            ["limits"] = new JsonArray([.. limits]),
        });
    }
}
