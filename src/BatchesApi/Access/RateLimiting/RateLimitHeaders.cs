using System.Globalization;
using System.Text;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The quotas that a request counts in, and the headers <c>RateLimit-Policy</c> and <c>RateLimit</c>
/// (draft-ietf-httpapi-ratelimit-headers-10).</summary>
internal sealed class RateLimitHeaders
{
    private readonly List<QuotaState> _states = [];

    public IReadOnlyList<QuotaState> States => _states;

    public static RateLimitHeaders FromContext(HttpContext context)
    {
        if (context.Features.Get<RateLimitHeaders>() is { } headers)
            return headers;
        headers = new RateLimitHeaders();
        context.Features.Set(headers);
        return headers;
    }

    /// <summary>Adds quotas and rewrites the headers of the response.</summary>
    public void Add(RateLimitResult result, HttpResponse response)
    {
        _states.AddRange(result.States);
        var (policies, states) = (new StringBuilder(), new StringBuilder());
        foreach (var (quota, remaining, reset) in _states)
        {
            var separator = policies.Length == 0 ? "" : ", ";
            var window = quota.Window.Ticks / TimeSpan.TicksPerSecond;
            var seconds = (reset.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
            policies.Append(CultureInfo.InvariantCulture, $"{separator}\"{quota.Name}\";q={quota.Limit};w={window}");
            states.Append(CultureInfo.InvariantCulture, $"{separator}\"{quota.Name}\";r={remaining};t={seconds}");
        }
        response.Headers["RateLimit-Policy"] = policies.ToString();
        response.Headers["RateLimit"] = states.ToString();
    }
}
