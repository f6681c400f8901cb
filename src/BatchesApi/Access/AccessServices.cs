using BatchesApi.Access.RateLimiting;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Storage;

namespace BatchesApi.Access;

/// <summary>Registers authentication and rate limiting.</summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services, RateLimitOptions limits) => services
        .AddAccessStores()
        .AddMemoryCache()
        .AddSingleton<CredentialReader>()
        .AddSingleton<CredentialCache>()
        .AddSingleton<LastUsedWriter>()
        .AddSingleton<LastUsedTracker>()
        .AddHostedService(provider => provider.GetRequiredService<LastUsedTracker>())
        .AddSingleton<AccessReader>()
        .AddSingleton(limits)
        .AddSingleton<InMemoryRateLimiter>()
        .AddSingleton(provider => new RateLimitStore(
            provider.GetRequiredService<InMemoryRateLimiter>(),
            provider.GetService<RedisConnection>() is { } redis ? new RedisRateLimiter(redis) : null,
            provider.GetRequiredService<ILogger<RateLimitStore>>()))
        .AddSingleton<RequestLimiter>()
        .AddSingleton<SignInLimiter>();

    /// <summary>Registers what the server and the commands need to manage accounts, keys and users.</summary>
    public static IServiceCollection AddAccessStores(this IServiceCollection services) => services
        .AddSingleton<ObjectIdGenerator>()
        .AddSingleton<AccountPolicies>()
        .AddSingleton<CredentialTurns>()
        .AddScoped<AccessAudit>()
        .AddScoped<AccountStore>()
        .AddScoped<ApiKeyStore>()
        .AddScoped<UserStore>();
}
