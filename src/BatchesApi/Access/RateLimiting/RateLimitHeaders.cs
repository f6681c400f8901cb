using System.Globalization;
using System.Runtime.CompilerServices;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The quotas that a request counts in, and the headers <c>RateLimit-Policy</c> and <c>RateLimit</c>
/// (draft-ietf-httpapi-ratelimit-headers-10).</summary>
internal sealed class RateLimitHeaders
{
    public IReadOnlyList<QuotaState> States { get; private set; } = [];

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
        States = States.Count == 0 ? result.States : [.. States, .. result.States];
        var policies = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        var states = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        for (var i = 0; i < States.Count; i++)
        {
            var (quota, remaining, reset) = States[i];
            if (i > 0)
            {
                policies.AppendLiteral(", ");
                states.AppendLiteral(", ");
            }
            policies.AppendLiteral(quota.Policy);
            states.AppendLiteral(quota.QuotedName);
            states.AppendLiteral(";r=");
            states.AppendFormatted(remaining);
            states.AppendLiteral(";t=");
            states.AppendFormatted((reset.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);
        }
        response.Headers["RateLimit-Policy"] = policies.ToStringAndClear();
        response.Headers["RateLimit"] = states.ToStringAndClear();
    }
}
