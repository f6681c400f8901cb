using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Authenticates the caller, applies rate limits and enforces the route's scope (specification, section 6). One middleware instead
/// of three: see <c>docs/decisions/0009-one-access-middleware.md</c>.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, CredentialCache credentials, RequestLimiter limiter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var access = GetAccess(context.GetEndpoint());
        var token = access.RequiredScope is null ? null : BearerAuthentication.GetToken(context.Request);
        Caller? caller;
        RateLimitResult? limits = null;
        using (access.RequiredScope is null && !access.IsMetered ? null : RequestPhase.Start(RequestPhase.Auth))
        {
            caller = token is null ? null : credentials.GetCached(token);
            if (token is not null && caller is null)
                (caller, limits) = await FindCallerAsync(context, access, token);
            if (caller is not null)
                context.Features.Set(caller);
            if (access.IsMetered && limits is null)
                limits = await limiter.AcquireStandardAsync(context);
        }

        if (limits is { Exceeded: not null })
            await limits.ToProblem().ExecuteAsync(context);
        else if (access.RequiredScope is not { } scope)
            await next(context);
        else if (caller is null)
            await BearerAuthentication.Reject(context, token).ExecuteAsync(context);
        else if (caller.Scope < scope)
            await BearerAuthentication.Forbid(context, caller.Scope, scope).ExecuteAsync(context);
        else
            await next(context);
    }

    /// <summary>Routes without access metadata require the write scope. 404 and 405 responses do not depend on the credential and need no
    /// database.</summary>
    private static RouteAccess GetAccess(Endpoint? endpoint) =>
        endpoint is RouteEndpoint ? endpoint.Metadata.GetMetadata<RouteAccess>() ?? RouteAccess.Write : RouteAccess.Anonymous;

    /// <summary>Looks up a token that is not cached. Unless it was valid recently, the request first counts against its network address, so
    /// that clients without a valid token cannot query the database more often than the limit allows. For a valid token that count is
    /// returned.</summary>
    /// <returns>The caller, or null with the limits of the address if the request was counted against them.</returns>
    private async Task<(Caller? Caller, RateLimitResult? Limits)> FindCallerAsync(HttpContext context, RouteAccess access, string token)
    {
        if (!access.IsMetered || credentials.WasValid(token) || await limiter.AcquireUnknownAsync(context) is not { } limits)
            return (await credentials.FindAsync(token, context.RequestAborted), null);

        if (limits.Exceeded is null)
        {
            Caller? caller;
            try
            {
                caller = await credentials.FindAsync(token, context.RequestAborted);
            }
            catch (NpgsqlException)
            {
                // The database failed, not the client. A cancelled request stays counted: its look-up may have reached the database.
                await limiter.ReturnUnknownAsync(context, limits);
                throw;
            }
            if (caller is not null)
            {
                await limiter.ReturnUnknownAsync(context, limits);
                return (caller, null);
            }
        }
        RequestLimiter.AddHeaders(context, limits);
        return (null, limits);
    }
}
