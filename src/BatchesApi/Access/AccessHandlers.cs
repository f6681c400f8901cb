using System.Diagnostics;
using System.Text.Json.Nodes;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Handlers for sign-in, sign-out and the description of the caller's credential.</summary>
internal static class AccessHandlers
{
    private static readonly Problem InvalidCredentials = new(ProblemCode.InvalidCredentials, "Incorrect e-mail address or password.");

    public static async Task<IResult> SignIn(HttpContext context)
    {
        var (services, cancellation) = (context.RequestServices, context.RequestAborted);
        var (body, error, detail) = await RequestBody.ReadAsync(context.Request, SignInRequest.MaxBytes, SignInRequest.MaxBytes, cancellation);
        if (body is null)
            return Problem.UnreadableBody(error, detail);
        var errors = new ValidationErrors();
        var (email, password) = SignInRequest.Read(body, services.GetRequiredService<RequestOptions>().Strict, errors, out var malformed);
        if (malformed is not null)
            return new Problem(ProblemCode.MalformedBody, malformed);
        if (errors.HasErrors)
            return Problem.InvalidBody(errors);

        var (token, rejection) = await services.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context),
            UserStore.NormalizeEmail(email),
            cancellation => services.GetRequiredService<UserStore>().SignInAsync(email, password, cancellation),
            cancellation);
        if (rejection is not null)
            return rejection;
        if (token is not null)
        {
            return new NoStoreJsonResult(new JsonObject
            {
                ["accessToken"] = token,
                ["tokenType"] = "Bearer",
                ["expiresIn"] = (int)ApiKeyStore.TokenLifetime.TotalSeconds,
            });
        }
        context.Response.Headers.WWWAuthenticate = BearerAuthentication.Challenge;
        return InvalidCredentials;
    }

    /// <summary>Revokes the access token of the caller.</summary>
    public static async Task<IResult> SignOut(HttpContext context)
    {
        var (services, caller) = (context.RequestServices, Caller.FromContext(context));
        if (!caller.IsUser)
        {
            return new Problem(
                ProblemCode.AccessTokenRequired, "An API key cannot sign out. It stays valid until it expires or the operator revokes it.");
        }
        if (!await services.GetRequiredService<ApiKeyStore>().RevokeAsync(caller.CredentialId, context.RequestAborted))
            throw new UnreachableException($"The token {caller.CredentialId} disappeared.");
        services.GetRequiredService<CredentialCache>().Evict(BearerAuthentication.GetToken(context.Request)!);
        return TypedResults.NoContent();
    }

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
