using System.Globalization;
using BatchesApi.Http;

namespace BatchesApi.Access.RateLimiting;

/// <summary>How a request stands to the quotas that it counts in.</summary>
/// <param name="States">What is left of each, this request included where it is allowed.</param>
/// <param name="Exceeded">The quota that is used up, so that the request is refused; null where it is allowed.</param>
/// <param name="RetryAfter">How long until it would be allowed; zero where it is.</param>
internal sealed record LimitResult(IReadOnlyList<QuotaState> States, Quota? Exceeded, TimeSpan RetryAfter)
{
    /// <summary>The time at which the request was counted in the memory of this server, in ticks.</summary>
    public long At { get; init; }

    /// <summary>The member of the sorted set that stands for the request in Redis; null if it was not counted there.</summary>
    public string? RedisMember { get; init; }

    /// <summary>The problem that tells of a refusal.</summary>
    public Problem ToProblem() => new(
        ProblemCode.RateLimited,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The limit '{Exceeded!.Name}' of {Exceeded.Limit:N0} requests in {Exceeded.Window.TotalSeconds:N0} s is used up. Try again in {Math.Ceiling(RetryAfter.TotalSeconds)} s."),
        RetryAfter: RetryAfter);
}
