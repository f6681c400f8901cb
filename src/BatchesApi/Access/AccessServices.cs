using BatchesApi.Access.RateLimiting;
using BatchesApi.Storage;
using StackExchange.Redis;

namespace BatchesApi.Access;

/// <summary>Registers authentication and rate limiting.</summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services, RateLimitOptions limits) => services
        .AddMemoryCache()
        .AddSingleton<CredentialReader>()
        .AddSingleton<CredentialCache>()
        .AddSingleton<LastUsedWriter>()
        .AddSingleton<LastUsedTracker>()
        .AddHostedService(provider => provider.GetRequiredService<LastUsedTracker>())
        .AddScoped<AccountStore>()
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

        // Redis may start later, or fail: meanwhile, each server counts separately, and no request waits.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = options.SyncTimeout = options.ConnectTimeout = (int)RedisRateLimiter.Timeout.TotalMilliseconds;

        // Keep the reason in the log short.
        options.IncludeDetailInExceptions = false;
        return ConnectionMultiplexer.Connect(options);
    }
}
