using System.Globalization;
using BatchesApi.Http;

namespace BatchesApi.Access.RateLimiting;

/// <summary>A maximum number of requests in any window of a length.</summary>
/// <param name="Name">The name in the headers <c>RateLimit</c> and <c>RateLimit-Policy</c>.</param>
/// <param name="Limit">The maximum number of requests.</param>
/// <param name="Window">The length of the window.</param>
internal sealed record Quota(string Name, int Limit, TimeSpan Window)
{
    /// <summary>The name as a string of a structured field (RFC 9651).</summary>
    public string QuotedName { get; } = $"\"{Name}\"";

    /// <summary>The item of the header <c>RateLimit-Policy</c>.</summary>
    public string Policy { get; } =
        string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";q={Limit};w={Window.Ticks / TimeSpan.TicksPerSecond}");
}

/// <summary>The use of a quota.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="Remaining">The number of requests that are allowed now.</param>
/// <param name="Reset">The time until the oldest counted request leaves the window, or zero.</param>
internal readonly record struct QuotaState(Quota Quota, int Remaining, TimeSpan Reset);

/// <summary>Whether a request is within its quotas.</summary>
/// <param name="States">The state of each quota, including this request if it is allowed.</param>
/// <param name="Exceeded">The quota that is exceeded, or null if the request is allowed.</param>
/// <param name="RetryAfter">The time until the request would be allowed, or zero.</param>
internal sealed record RateLimitResult(IReadOnlyList<QuotaState> States, Quota? Exceeded, TimeSpan RetryAfter)
{
    /// <summary>The time at which the request was counted in the memory of this server, in ticks.</summary>
    public long At { get; init; }

    /// <summary>The member of the sorted set for the request in Redis, or null if it was not counted there.</summary>
    public string? RedisMember { get; init; }

    public Problem ToProblem() => new(
        ProblemCode.RateLimited,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The limit '{Exceeded!.Name}' of {Exceeded.Limit:N0} requests in {Exceeded.Window.TotalSeconds:N0} s is used up. "
            + $"Try again in {Math.Ceiling(RetryAfter.TotalSeconds)} s."),
        RetryAfter: RetryAfter)
    {
        Limit = Exceeded.Name,
    };
}
