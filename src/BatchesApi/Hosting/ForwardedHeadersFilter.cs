using System.Globalization;
using Microsoft.AspNetCore.HttpOverrides;

namespace BatchesApi.Hosting;

/// <summary>Removes forwarded schemes, hosts and prefixes that must not become part of a URL, before the framework reads them: it accepts
/// every well-formed scheme, such as <c>javascript</c>, every port, and every prefix that begins with a slash.</summary>
internal static class ForwardedHeadersFilter
{
    public static Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;

        // The framework decodes the host that it replaces.
        if (!CanBeDecoded(headers.Host.ToString()))
            headers.Remove(ForwardedHeadersDefaults.XForwardedHostHeaderName);
        Filter(headers, ForwardedHeadersDefaults.XForwardedProtoHeaderName, NormalizeScheme);
        Filter(headers, ForwardedHeadersDefaults.XForwardedHostHeaderName, static host => IsHost(host) ? host : null);
        Filter(headers, ForwardedHeadersDefaults.XForwardedPrefixHeaderName, static prefix => PathPrefix.Parse(prefix)?.Value);
        return next(context);
    }

    /// <summary>Replaces the values of a header by normalized ones, or removes the header if one of them is invalid.</summary>
    private static void Filter(IHeaderDictionary headers, string name, Func<string, string?> normalize)
    {
        var values = headers.GetCommaSeparatedValues(name);
        if (values.Length == 0)
            return;

        // The framework matches hosts with the addresses of proxies. Without addresses it would trust the first host, which the client
        // may have sent, instead of the last, which the trusted proxy has added.
        if (headers.GetCommaSeparatedValues(ForwardedHeadersDefaults.XForwardedForHeaderName).Length == 0)
            values = [values[^1]];
        var normalized = values.Select(normalize).OfType<string>().ToArray();
        if (normalized.Length == values.Length)
            headers[name] = string.Join(", ", normalized);
        else
            headers.Remove(name);
    }

    private static string? NormalizeScheme(string scheme) =>
        scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttps
        : scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttp
        : null;

    /// <summary>Whether the text is a DNS name or address, with or without a port.</summary>
    private static bool IsHost(string text)
    {
        var host = new HostString(text);
        return Uri.CheckHostName(host.Host) != UriHostNameType.Unknown
            && CanBeDecoded(text)
            && (text == host.Host
                || (text.Length > host.Host.Length + 1
                    && ushort.TryParse(text.AsSpan(host.Host.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)));
    }

    /// <summary>Whether a host is valid as an international name, if it begins like one (<c>xn--</c>).</summary>
    private static bool CanBeDecoded(string host)
    {
        try
        {
            _ = HostString.FromUriComponent(host);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
