namespace BatchesApi.Access.RateLimiting;

/// <summary>Options of rate limiting (specification, section 6).</summary>
/// <param name="Enabled">Whether requests are limited. Failed sign-ins always are.</param>
/// <param name="Standard">The quotas of all requests.</param>
/// <param name="Intensive">The additional quotas of resource-intensive requests.</param>
internal sealed record RateLimitOptions(bool Enabled, IReadOnlyList<Quota> Standard, IReadOnlyList<Quota> Intensive);
