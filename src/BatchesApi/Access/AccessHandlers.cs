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
        var (body, error, detail) = await RequestBody.ReadAsync(context.Request, SignInRequest.MaxBytes, SignInRequest.MaxBytes, cancellation);
        if (body is null)
            return Problem.UnreadableBody(error, detail);
        var errors = new ValidationErrors();
        var (email, password) = SignInRequest.Read(body, services.GetRequiredService<RequestOptions>().Strict, errors, out var malformed);
        if (malformed is not null)
            return new Problem(ProblemCode.MalformedBody, malformed);
        if (errors.HasErrors)
            return Problem.InvalidBody(errors);

        var (token, refusal) = await services.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context),
            UserStore.NormalizeEmail(email),
            cancellation => services.GetRequiredService<UserStore>().SignInAsync(email, password, cancellation),
            cancellation);
        if (refusal is not null)
            return refusal;
        if (token is not null)
        {
            var response = new AccessTokenResponse { AccessToken = token, TokenType = Bearer.Scheme, ExpiresIn = (int)UserStore.TokenLifetime.TotalSeconds };
            return new NoStoreJsonResult<AccessTokenResponse>(response, AccessJsonContext.Default.AccessTokenResponse);
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
        var limits = RateLimitHeaders.FromContext(context).States.Concat(await limiter.PeekIntensiveAsync(context)).Select(state => new CredentialLimit
        {
            Name = state.Quota.Name,
            Limit = state.Quota.Limit,
            WindowSeconds = (int)state.Quota.Window.TotalSeconds,
            Remaining = state.Remaining,
            ResetSeconds = (int)Math.Ceiling(state.Reset.TotalSeconds),
        });
        var response = new CredentialResponse
        {
            Account = caller.AccountName,
            Kind = caller.IsUser ? "user" : "key",
            Name = caller.Name,
            Scope = caller.Scope.ToText(),
            Policy = caller.PolicyText is null ? null : JsonNode.Parse(caller.PolicyText)!.AsObject(),
            ExpiresAt = caller.ExpiresAt is { } expiry ? Rfc3339.Format(expiry) : null,
            Limits = limits,
        };
        return new NoStoreJsonResult<CredentialResponse>(response, AccessJsonContext.Default.CredentialResponse);
    }
}
