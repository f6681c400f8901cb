using BatchesApi.Access.Limits;
using StackExchange.Redis;

namespace BatchesApi.Access;

/// <summary>What letting requests in takes.</summary>
internal static class AccessServices
{
    /// <summary>Adds the callers and their limits.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, LimitSettings limits) => services
        .AddMemoryCache()
        .AddSingleton<CallerLookup>()
        .AddSingleton<CredentialUses>()
        .AddSingleton(limits)
        .AddSingleton<LocalLimiter>()
        .AddSingleton(provider => new RequestCounter(
            provider.GetRequiredService<LocalLimiter>(),
            limits.Redis is null ? null : new RedisLimiter(Connect(limits.Redis)),
            provider.GetRequiredService<ILogger<RequestCounter>>()))
        .AddSingleton<RequestLimiter>()
        .AddSingleton<SignInLimiter>();

    private static ConnectionMultiplexer Connect(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);

        // Redis may come later, or go: until it is there, each server counts for itself, and nobody waits for it.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = options.SyncTimeout = options.ConnectTimeout = (int)RedisLimiter.Patience.TotalMilliseconds;

        // One line in the log says enough.
        options.IncludeDetailInExceptions = false;
        return ConnectionMultiplexer.Connect(options);
    }
}
