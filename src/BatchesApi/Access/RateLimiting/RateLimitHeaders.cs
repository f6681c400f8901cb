using System.Globalization;
using System.Text;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The quotas that a request counts in, as the answer tells them: the fields <c>RateLimit-Policy</c> and <c>RateLimit</c>
/// (draft-ietf-httpapi-ratelimit-headers-10).</summary>
internal sealed class RateLimitHeaders
{
    private readonly List<QuotaState> _states = [];

    /// <summary>What is left of the quotas.</summary>
    public IReadOnlyList<QuotaState> States => _states;

    /// <summary>Those of a request.</summary>
    public static RateLimitHeaders FromContext(HttpContext context)
    {
        if (context.Features.Get<RateLimitHeaders>() is { } limits)
            return limits;
        limits = new RateLimitHeaders();
        context.Features.Set(limits);
        return limits;
    }

    /// <summary>Adds quotas, and tells them in the answer.</summary>
    public void Add(LimitResult result, HttpResponse response)
    {
        _states.AddRange(result.States);
        var (policies, states) = (new StringBuilder(), new StringBuilder());
        foreach (var (quota, remaining, reset) in _states)
        {
            var separator = policies.Length == 0 ? "" : ", ";
            policies.Append(CultureInfo.InvariantCulture, $"{separator}\"{quota.Name}\";q={quota.Limit};w={quota.Window.Ticks / TimeSpan.TicksPerSecond}");
            states.Append(CultureInfo.InvariantCulture, $"{separator}\"{quota.Name}\";r={remaining};t={(reset.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond}");
        }
        response.Headers["RateLimit-Policy"] = policies.ToString();
        response.Headers["RateLimit"] = states.ToString();
    }
}
