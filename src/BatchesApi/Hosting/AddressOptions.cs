using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>The address of the server in links (specification, section 7.6).</summary>
/// <param name="PathBase">The path that is removed from requests and added to links, or empty.</param>
/// <param name="PublicUrl">The URL that replaces the address of every request in links, or null.</param>
/// <param name="AllowedHosts">The hosts that requests may have, with patterns such as <c>*.example.com</c>; empty for all.</param>
internal sealed record AddressOptions(PathString PathBase, PublicUrl? PublicUrl, IReadOnlyList<string> AllowedHosts)
{
    private const string PathBaseKey = "PathBase";
    private const string AllowedHostsKey = "AllowedHosts";

    /// <summary>The first segments of the server's own paths. They are served with and without the path base, which must therefore
    /// differ.</summary>
    private static readonly PathString[] OwnPaths = ["/api", "/docs", "/health", "/problems", "/swagger"];

    /// <summary>Whether requests have the address that they arrived with.</summary>
    public bool IsDefault => !PathBase.HasValue && PublicUrl is null && AllowedHosts.Count == 0;

    /// <summary>Reads the settings of the address.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="publicUrl">The setting <c>Server:PublicUrl</c>.</param>
    /// <param name="errors">Receives all errors, by the names of the settings.</param>
    public static AddressOptions Read(IConfiguration configuration, string? publicUrl, ValidationErrors errors)
    {
        foreach (var item in configuration.GetSection(AllowedHostsKey).GetChildren())
        {
            errors.Add(
                SettingsBinder.GetName(item.Path), $"unknown setting. Set {AllowedHostsKey} instead, with semicolons between values.");
        }
        return new AddressOptions(
            ReadPathBase(configuration[PathBaseKey], errors),
            ReadPublicUrl(publicUrl, errors),
            ReadHosts(configuration[AllowedHostsKey], errors));
    }

    private static PathString ReadPathBase(string? text, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return default;
        if (PathPrefix.Parse(text) is not { } path)
            errors.Add(PathBaseKey, $"invalid path '{text}'. Use for example /crm, with letters, digits and -._~ only.");
        else if (OwnPaths.Any(own => path.StartsWithSegments(own)))
            errors.Add(PathBaseKey, $"'{text}' begins like the server's own paths. Use another, such as /crm.");
        else
            return path;
        return default;
    }

    private static PublicUrl? ReadPublicUrl(string? text, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var url = PublicUrl.Parse(text);
        if (url is null)
        {
            errors.Add("Server__PublicUrl", $"invalid URL '{PublicUrl.HidePassword(text)}'. Use for example https://api.example.com/crm, "
                + "without user, query and fragment.");
        }
        return url;
    }

    private static List<string> ReadHosts(string? list, ValidationErrors errors)
    {
        var hosts = new List<string>();
        if (string.IsNullOrWhiteSpace(list))
            return hosts;
        var texts = list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (texts.Length == 0)
            AddError(list);
        foreach (var text in texts)
        {
            if (text == "*")
                return [];
            if (IsPattern(text))
                hosts.Add(new HostString(text).ToUriComponent());
            else
                AddError(text);
        }
        return hosts;

        void AddError(string text) => errors.Add(
            AllowedHostsKey, $"invalid host '{text}'. Use for example api.example.com or *.example.com, without a port.");
    }

    private static bool IsPattern(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return Uri.CheckHostName(name) switch
        {
            UriHostNameType.IPv6 => name.StartsWith('['),
            UriHostNameType.Unknown or UriHostNameType.Basic => false,
            _ => true,
        };
    }
}

/// <summary>The URL at which clients reach the server.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">The host, with the port unless it is the default.</param>
/// <param name="Path">The path without a slash at the end, or empty.</param>
internal sealed record PublicUrl(string Scheme, string Host, PathString Path)
{
    /// <summary>Parses a URL.</summary>
    /// <returns>The URL, or null if it is invalid.</returns>
    public static PublicUrl? Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https")
            || text.AsSpan().ContainsAny('?', '#', '@')
            || PathPrefix.Parse(url.AbsolutePath) is not { } path)
        {
            return null;
        }
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return new PublicUrl(url.Scheme, url.IsDefaultPort ? host : $"{host}:{url.Port}", path);
    }

    /// <summary>Removes the user and password, for messages.</summary>
    public static string HidePassword(string text) =>
        text.Contains('@', StringComparison.Ordinal) ? "…" + text[text.LastIndexOf('@')..] : text;

    public override string ToString() => $"{Scheme}://{Host}{Path}";
}
