using System.Net;
using StackExchange.Redis;

namespace BatchesApi.Access.Limits;

/// <summary>Limits the requests of each credential, and of each network address without one (contract, section 6).</summary>
internal sealed partial class RequestLimiter(
    LimitSettings settings, LocalLimiter local, RedisLimiter? redis, ILogger<RequestLimiter> log)
{
    private int _isRedisAway;

    /// <summary>Counts a request.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> TakeStandardAsync(HttpContext context) =>
        settings.Enabled ? TakeAsync(context, Who(context), settings.Standard) : default;

    /// <summary>Counts a request that takes many resources as such.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> TakeIntensiveAsync(HttpContext context) =>
        settings.Enabled ? TakeAsync(context, $"intensive:{Who(context)}", settings.Intensive) : default;

    /// <summary>What is left of the quotas for requests that take many resources; none where requests are not limited.</summary>
    public async ValueTask<IReadOnlyList<QuotaState>> LookIntensiveAsync(HttpContext context) =>
        settings.Enabled ? (await AskAsync($"intensive:{Who(context)}", settings.Intensive, isCounted: false)).States : [];

    /// <summary>Counts a try to sign in.</summary>
    /// <returns>How it stands to the quota that it exceeds, if any, else to that of the e-mail address.</returns>
    public async ValueTask<LimitResult> TakeSignInAsync(HttpContext context, string email)
    {
        var byAddress = await AskAsync($"sign-in:address:{AddressOf(context)}", LimitSettings.SignInByAddress, isCounted: true);
        return byAddress.Exceeded is null ? await AskAsync($"sign-in:email:{email}", LimitSettings.SignInByEmail, isCounted: true) : byAddress;
    }

    private ValueTask<LimitResult?> TakeAsync(HttpContext context, string who, IReadOnlyList<Quota> quotas)
    {
        // Without Redis nothing waits, and this is on the way of every request.
        return redis is null ? new(Told(local.Take(who, quotas))) : AwaitAsync();

        async ValueTask<LimitResult?> AwaitAsync() => Told(await AskAsync(who, quotas, isCounted: true));

        LimitResult Told(LimitResult result)
        {
            RequestLimits.Of(context).Add(result, context.Response);
            return result;
        }
    }

    private async ValueTask<LimitResult> AskAsync(string who, IReadOnlyList<Quota> quotas, bool isCounted)
    {
        if (redis is not null)
        {
            try
            {
                var result = await redis.AskAsync(who, quotas, isCounted);
                if (Interlocked.Exchange(ref _isRedisAway, 0) == 1)
                    Back(log);
                return result;
            }
            catch (Exception fault) when (fault is RedisException or TimeoutException)
            {
                if (Interlocked.Exchange(ref _isRedisAway, 1) == 0)
                    Away(log, fault.Message);
            }
        }
        return isCounted ? local.Take(who, quotas) : local.Look(who, quotas);
    }

    private static string Who(HttpContext context) => context.Features.Get<Caller>() is { } caller ? caller.CredentialId : Anonymous(context);

    private static string Anonymous(HttpContext context) => $"address:{AddressOf(context)}";

    private static IPAddress AddressOf(HttpContext context) => ClientNetwork.Of(context.Connection.RemoteIpAddress ?? IPAddress.None);

    [LoggerMessage(50, LogLevel.Warning, "Redis does not answer: {Reason}. Until it does, this server limits requests by its own count.")]
    private static partial void Away(ILogger log, string reason);

    [LoggerMessage(51, LogLevel.Information, "Redis is back.")]
    private static partial void Back(ILogger log);
}
