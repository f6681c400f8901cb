namespace BatchesApi.Access.RateLimiting;

/// <summary>Options of rate limiting (specification, section 6).</summary>
/// <param name="Enabled">Whether requests are limited. Failed sign-ins always are.</param>
/// <param name="Standard">The quotas of all requests.</param>
/// <param name="Intensive">The additional quotas of resource-intensive requests.</param>
/// <param name="Redis">The StackExchange.Redis configuration of the Redis that counts for all servers, or null if each server counts
/// separately.</param>
internal sealed record RateLimitOptions(bool Enabled, IReadOnlyList<Quota> Standard, IReadOnlyList<Quota> Intensive, string? Redis);
