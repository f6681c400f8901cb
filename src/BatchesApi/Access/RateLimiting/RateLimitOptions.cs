namespace BatchesApi.Access.RateLimiting;

/// <summary>How many requests are served (specification, section 6).</summary>
/// <param name="Enabled">Whether requests are limited; failed sign-ins always are.</param>
/// <param name="Standard">The quotas that every request counts in.</param>
/// <param name="Intensive">The quotas that requests count in which take many resources, besides.</param>
/// <param name="Redis">How to reach the Redis that counts for all servers, a StackExchange.Redis configuration; null where each counts for itself.</param>
internal sealed record RateLimitOptions(bool Enabled, IReadOnlyList<Quota> Standard, IReadOnlyList<Quota> Intensive, string? Redis);
