using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Hosting;

/// <summary>Sets the address that links in the response have, and rejects hosts that are not allowed (specification, section 7.6). It runs
/// after forwarded headers, so that the host of a trusted proxy counts. ASP.NET Core's host filter runs before them, and responds with
/// HTML.</summary>
internal sealed class AddressMiddleware(RequestDelegate next, ServerOptions options)
{
    private const int MaxHostCharacters = 100;

    private readonly AddressOptions _options = options.Address;
    private readonly IList<StringSegment> _allowedHosts = [.. options.Address.AllowedHosts.Select(host => new StringSegment(host))];

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (_options.PathBase.HasValue)
            ApplyPathBase(request);
        var host = request.Headers.Host.ToString();
        var isKnown = IsKnown(host);

        // Probes of an orchestrator have the address of the container as their host.
        var isAllowed = isKnown || request.Path.StartsWithSegments(HealthEndpoints.Path);

        // A link to a host that is not allowed must not get into a cache.
        if (_options.PublicUrl is { } url)
            SetAddress(request, url);
        else if (!isKnown)
            request.Headers.Host = StringValues.Empty;
        return isAllowed
            ? next(context)
            : new Problem(
                ProblemCode.HostNotAllowed, $"The server is not available as '{Utf16.Shorten(host, MaxHostCharacters)}'.")
                .ExecuteAsync(context);
    }

    /// <summary>Removes the path base from the path, if it is there: probes and some proxies leave it out.</summary>
    private void ApplyPathBase(HttpRequest request)
    {
        if (request.Path.StartsWithSegments(_options.PathBase, out var rest))
        {
            request.PathBase += _options.PathBase;
            request.Path = rest.HasValue ? rest : "/";
        }
        else if (!request.PathBase.HasValue)
        {
            request.PathBase = _options.PathBase;
        }
    }

    /// <summary>Whether a host is one of those allowed. Requests of HTTP/1.0 may have none.</summary>
    private bool IsKnown(string host) =>
        _allowedHosts.Count == 0
        || host.Length == 0
        || HostString.MatchesAny(host, _allowedHosts);

    private static void SetAddress(HttpRequest request, PublicUrl url)
    {
        request.Scheme = url.Scheme;
        request.Headers.Host = url.Host;
        request.PathBase = url.Path;
    }
}
