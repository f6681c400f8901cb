using BatchesApi.Access.RateLimiting;
using StackExchange.Redis;

namespace BatchesApi.Access;

/// <summary>What letting requests in takes.</summary>
internal static class AccessServices
{
    /// <summary>Adds the callers and their limits.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, RateLimitOptions limits) => services
        .AddMemoryCache()
        .AddSingleton<CredentialCache>()
        .AddSingleton<LastUsedTracker>()
        .AddHostedService(provider => provider.GetRequiredService<LastUsedTracker>())
        .AddScoped<ApiKeyStore>()
        .AddScoped<UserStore>()
        .AddSingleton(limits)
        .AddSingleton<InMemoryRateLimiter>()
        .AddSingleton(provider => new RateLimitStore(
            provider.GetRequiredService<InMemoryRateLimiter>(),
            limits.Redis is null ? null : new RedisRateLimiter(Connect(limits.Redis)),
            provider.GetRequiredService<ILogger<RateLimitStore>>()))
        .AddSingleton<RequestLimiter>()
        .AddSingleton<SignInLimiter>();

    private static ConnectionMultiplexer Connect(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);

        // Redis may come later, or go: until it is there, each server counts for itself, and nobody waits for it.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = options.SyncTimeout = options.ConnectTimeout = (int)RedisRateLimiter.Timeout.TotalMilliseconds;

        // One line in the log says enough.
        options.IncludeDetailInExceptions = false;
        return ConnectionMultiplexer.Connect(options);
    }
}
