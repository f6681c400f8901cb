using Microsoft.AspNetCore.RateLimiting;
using StackExchange.Redis;

namespace BatchesApi.Access.Limits;

/// <summary>Sets up the limits on requests.</summary>
internal static class LimitServices
{
    /// <summary>Adds the limits, which the rate limiting middleware then asks of every request.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services, LimitSettings settings)
    {
        services.AddSingleton(settings).AddSingleton<LocalLimiter>().AddSingleton(provider => new RequestLimiter(
            settings,
            provider.GetRequiredService<LocalLimiter>(),
            settings.Redis is null ? null : new RedisLimiter(Connect(settings.Redis)),
            provider.GetRequiredService<ILogger<RequestLimiter>>()));
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<RequestLimiter>((options, limiter) =>
        {
            options.GlobalLimiter = limiter;
            options.OnRejected = (rejected, _) =>
                new ValueTask(RequestLimits.Of(rejected.HttpContext).Refusal!.ToProblem().ExecuteAsync(rejected.HttpContext));
        });
        return services;
    }

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
