using System.Diagnostics;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Access;

/// <summary>Handlers for sign-in, sign-out and the description of the caller's credential.</summary>
internal static class AccessHandlers
{
    private static readonly Problem InvalidCredentials = new(ProblemCode.InvalidCredentials, "Incorrect e-mail address or password.");

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

        var (token, rejection) = await services.GetRequiredService<SignInLimiter>().RunAsync(
            ClientAddress.FromContext(context),
            UserStore.NormalizeEmail(email),
            cancellation => services.GetRequiredService<UserStore>().SignInAsync(email, password, cancellation),
            cancellation);
        if (rejection is not null)
            return rejection;
        if (token is not null)
        {
            var response = new AccessTokenResponse
            {
                AccessToken = token,
                TokenType = "Bearer",
                ExpiresIn = (int)ApiKeyStore.TokenLifetime.TotalSeconds,
            };
            return new NoStoreJsonResult<AccessTokenResponse>(response, AccessJsonContext.Default.AccessTokenResponse);
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
                ProblemCode.AccessTokenRequired, "An API key cannot sign out. It stays valid until it expires or is revoked.");
        }
        var keys = services.GetRequiredService<ApiKeyStore>();
        if (!await keys.RevokeTokenAsync(caller.AccountId, caller.CredentialId, context.RequestAborted))
            throw new UnreachableException($"The token {caller.CredentialId} disappeared.");
        services.GetRequiredService<CredentialCache>().Evict(BearerAuthentication.GetToken(context.Request)!);
        return TypedResults.NoContent();
    }

    public static async Task<IResult> Me(HttpContext context)
    {
        var caller = Caller.FromContext(context);
        var limiter = context.RequestServices.GetRequiredService<RequestLimiter>();
        var limits = RateLimitHeaders.FromContext(context).States
            .Concat(await limiter.PeekIntensiveAsync(context))
            .Select(state => new CredentialLimit
            {
                Name = state.Quota.Name,
                Limit = state.Quota.Limit,
                WindowSeconds = (int)state.Quota.Window.TotalSeconds,
                Remaining = state.Remaining,
                ResetSeconds = (int)Math.Ceiling(state.Reset.TotalSeconds),
            });
        var response = new CredentialResponse
        {
            Id = caller.CredentialId,
            Account = caller.AccountName,
            Kind = caller.IsUser ? "user" : "key",
            Name = caller.Name,
            Scope = caller.Scope.ToText(),
            Policy = MongoFilterParser.ToJson(caller.PolicyText),
            ExpiresAt = Rfc3339.Format(caller.ExpiresAt),
            Limits = limits,
        };
        return new NoStoreJsonResult<CredentialResponse>(response, AccessJsonContext.Default.CredentialResponse);
    }
}
