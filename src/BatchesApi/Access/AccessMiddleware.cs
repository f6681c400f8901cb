using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Lets requests in, by what their route says: finds the caller, counts the request, and checks what the caller may do (specification, section 6). It
/// does at once what ASP.NET Core's authentication, rate limiting and authorization do one after the other, and together take as long as all
/// else that the server does for a retrieve; see <c>docs/decisions/0009-one-gate.md</c>.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, CredentialCache callers, RequestLimiter limiter)
{
    /// <summary>What leads nowhere, by its path or its method, is answered the same with every credential, and without the database.</summary>
    private static readonly RouteAccess Anonymous = RouteAccess.Anonymous;

    /// <summary>A route that says nothing of itself is closed to most.</summary>
    private static readonly RouteAccess RequireWriteByDefault = RouteAccess.Write;

    /// <summary>Lets a request in, or answers it.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint() is RouteEndpoint endpoint ? endpoint.Metadata.GetMetadata<RouteAccess>() ?? RequireWriteByDefault : Anonymous;
        var secret = access.RequiredScope is null ? null : Bearer.GetToken(context.Request);
        if (secret is null)
            return CountAsync(context, access, caller: null, isRefused: false);
        return callers.GetCached(secret) is { } caller
            ? CountAsync(context, access, caller, isRefused: false)
            : FindAsync(context, access, secret);
    }

    /// <summary>Looks a credential up. One that was not valid lately is first counted against the quotas of its network address, so that clients
    /// without a valid credential cannot reach the database more often than these allow. A valid caller gets that count back.</summary>
    private async Task FindAsync(HttpContext context, RouteAccess access, string secret)
    {
        var counted = access.IsMetered && !callers.WasValid(secret) ? await limiter.AcquireUnknownAsync(context) : null;
        var caller = counted is { Exceeded: not null } ? null : await LookUpAsync(context, secret, counted);
        if (caller is null && counted is not null)
        {
            RequestLimiter.AddHeaders(context, counted);
            await CheckAsync(context, access, caller, isRefused: true, counted);
            return;
        }
        await CountAsync(context, access, caller, isRefused: caller is null);
    }

    private async Task<Caller?> LookUpAsync(HttpContext context, string secret, LimitResult? counted)
    {
        var keepsCount = counted is not null;
        try
        {
            var caller = await callers.FindAsync(secret, context.RequestAborted);
            keepsCount &= caller is null;
            return caller;
        }
        catch (NpgsqlException)
        {
            // The database failed, not the client. A cancelled request stays counted: its look-up may have reached the database.
            keepsCount = false;
            throw;
        }
        finally
        {
            if (counted is not null && !keepsCount)
                await limiter.ReturnUnknownAsync(context, counted);
        }
    }

    private Task CountAsync(HttpContext context, RouteAccess access, Caller? caller, bool isRefused)
    {
        if (caller is not null)
            context.Features.Set(caller);
        if (!access.IsMetered)
            return CheckAsync(context, access, caller, isRefused, limits: null);
        var counted = limiter.AcquireStandardAsync(context);
        return counted.IsCompletedSuccessfully
            ? CheckAsync(context, access, caller, isRefused, counted.Result)
            : CountAsync(counted, context, access, caller, isRefused);
    }

    private async Task CountAsync(ValueTask<LimitResult?> counted, HttpContext context, RouteAccess access, Caller? caller, bool isRefused) =>
        await CheckAsync(context, access, caller, isRefused, await counted);

    private Task CheckAsync(HttpContext context, RouteAccess access, Caller? caller, bool isRefused, LimitResult? limits)
    {
        if (limits is { Exceeded: not null })
            return limits.ToProblem().ExecuteAsync(context);
        if (access.RequiredScope is not { } needed)
            return next(context);
        if (caller is null)
            return isRefused ? Bearer.RefuseAsync(context) : Bearer.ChallengeAsync(context);
        return needed == Scope.Write && caller.Scope != Scope.Write ? Bearer.ForbidAsync(context) : next(context);
    }
}
