using System.Diagnostics;
using System.Text.Json.Nodes;
using BatchesApi.Access.Limits;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BatchesApi.Access;

/// <summary>Signing in and out, and what a credential is.</summary>
internal static class AccessOperations
{
    /// <summary>Wrong passwords for an e-mail address in a minute whose answers do not wait.</summary>
    private const int FreeTries = 3;

    private const int MostDoublings = 4;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private static readonly Problem WrongCredentials = new(
        ProblemCode.InvalidCredentials, "The e-mail address is not that of a user who may sign in, or the password is wrong.");

    /// <summary>Gives a user an access token.</summary>
    public static async Task<IResult> SignIn(
        HttpContext context, UserRegister users, RequestLimiter limiter, RequestSettings settings, TimeProvider clock, CancellationToken cancellation)
    {
        var (body, fault, detail) = await RequestBody.ReadAsync(context.Request, SignInBody.MaxBytes, SignInBody.MaxBytes, cancellation);
        if (body is null)
            return Problem.UnreadableBody(fault, detail);
        var faults = new Faults();
        var (email, password) = SignInBody.Read(body, settings.Strict, faults, out var malformed);
        if (malformed is not null)
            return new Problem(ProblemCode.MalformedBody, malformed);
        if (faults.Any)
            return Problem.InvalidBody(faults);

        var limits = await limiter.TakeSignInAsync(context, UserRegister.Folded(email));
        if (limits.Exceeded is not null)
            return limits.ToProblem();
        if (await users.SignInAsync(email, password, cancellation) is { } token)
        {
            return new PrivateResult(new JsonObject
            {
                ["accessToken"] = token,
                ["tokenType"] = "Bearer",
                ["expiresIn"] = (int)UserRegister.TokenLifetime.TotalSeconds,
            });
        }
        await Task.Delay(DelayAfter(limits), clock, cancellation);
        context.Response.Headers.WWWAuthenticate = BearerHandler.Challenge;
        return WrongCredentials;
    }

    /// <summary>How long the answer to a wrong password waits: not at all at first, for people mistype, then twice as long each time.</summary>
    private static TimeSpan DelayAfter(LimitResult tries)
    {
        var made = tries.States.Select(state => state.Quota.Limit - state.Remaining).Single();
        return made <= FreeTries ? TimeSpan.Zero : FirstDelay * Math.Pow(2, Math.Min(made - FreeTries - 1, MostDoublings));
    }

    /// <summary>Ends the access token of the caller.</summary>
    public static async Task<Results<NoContent, Problem>> SignOut(
        HttpRequest request, Caller caller, CallerLookup callers, KeyRegister keys, CancellationToken cancellation)
    {
        if (!caller.IsUser)
            return new Problem(ProblemCode.AccessTokenRequired, "An API key cannot sign out. It stays valid until it expires or the operator revokes it.");
        if (!await keys.RevokeKeyAsync(caller.CredentialId, cancellation))
            throw new UnreachableException($"The token {caller.CredentialId} was found, but is not there.");
        callers.Forget(BearerHandler.SecretOf(request)!);
        return TypedResults.NoContent();
    }

    /// <summary>Tells the caller about its credential.</summary>
    public static async Task<PrivateResult> Me(HttpContext context, Caller caller, RequestLimiter limiter)
    {
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
