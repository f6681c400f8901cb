namespace BatchesApi.Access.RateLimiting;

/// <summary>So many requests in any stretch of time of that length.</summary>
/// <param name="Name">Its name in the fields <c>RateLimit</c> and <c>RateLimit-Policy</c>.</param>
/// <param name="Limit">The requests.</param>
/// <param name="Window">The time.</param>
internal sealed record Quota(string Name, int Limit, TimeSpan Window);

/// <summary>What is left of a quota.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="Remaining">Requests that may be made at once.</param>
/// <param name="Reset">How long until the oldest request that counts does not count any more; zero where none does.</param>
internal readonly record struct QuotaState(Quota Quota, int Remaining, TimeSpan Reset);
