using BatchesApi.Access.RateLimiting;
using BatchesApi.Concurrency;
using BatchesApi.Storage;

namespace BatchesApi.Access;

/// <summary>Registers authentication and rate limiting.</summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services, RateLimitOptions limits) => services
        .AddMemoryCache()
        .AddSingleton<CredentialReader>()
        .AddSingleton<CredentialCache>()
        .AddSingleton<AccountPolicies>()
        .AddSingleton<LastUsedWriter>()
        .AddSingleton<LastUsedTracker>()
        .AddHostedService(provider => provider.GetRequiredService<LastUsedTracker>())
        .AddSingleton<CredentialTurns>()
        .AddScoped<AccessAudit>()
        .AddSingleton<AccessReader>()
        .AddScoped<AccountStore>()
        .AddScoped<ApiKeyStore>()
        .AddScoped<UserStore>()
        .AddSingleton(limits)
        .AddSingleton<InMemoryRateLimiter>()
        .AddSingleton(provider => new RateLimitStore(
            provider.GetRequiredService<InMemoryRateLimiter>(),
            provider.GetService<RedisConnection>() is { } redis ? new RedisRateLimiter(redis) : null,
            provider.GetRequiredService<ILogger<RateLimitStore>>()))
        .AddSingleton<RequestLimiter>()
        .AddSingleton<SignInLimiter>();
}
