using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Proxies:Trusted</c>: the proxies that may forward the client's address, scheme and host.</summary>
public sealed class ProxyTests(ApiServer server)
{
    private const string Public = "https://batches.example.com";

    private static readonly string[] Forwarded =
        ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: batches.example.com"];

    /// <summary>Networks without the peer of these tests, 127.0.0.1.</summary>
    public static TheoryData<string> Others => ["", "10.0.0.0/8", "127.0.0.2", "::1, 203.0.113.7"];

    /// <summary>Networks with the peer of these tests.</summary>
    public static TheoryData<string> Own =>
        ["127.0.0.1", "127.0.0.0/8", "10.0.0.1, 127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.0/104", "0.0.0.0/0"];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Forwarded_headers_of_untrusted_peers_are_ignored(string trusted)
    {
        await using var app = await StartAsync(trusted);
        var (location, links) = await AddressesAsync(app, Forwarded);
        Assert.StartsWith(app.Urls.First() + Http.Batches, location, StringComparison.Ordinal);
        Assert.All(links, link => Assert.StartsWith(app.Urls.First() + Http.Batches, link, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Own))]
    public async Task Forwarded_headers_of_a_trusted_proxy_are_used(string trusted)
    {
        await using var app = await StartAsync(trusted);
        var (location, links) = await AddressesAsync(app, Forwarded);
        Assert.StartsWith(Public + Http.Batches, location, StringComparison.Ordinal);
        Assert.All(links, link => Assert.StartsWith(Public + Http.Batches, link, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("127.0.0.0/8")]
    public async Task A_trusted_IPv4_proxy_is_recognized_on_a_dual_stack_socket(string trusted)
    {
        await using var app = await StartAsync(trusted, "http://[::]:0");
        var address = new Uri($"http://127.0.0.1:{new Uri(app.Urls.First()).Port}");
        var (location, _) = await AddressesAsync(app, Forwarded, address);
        Assert.StartsWith(Public + Http.Batches, location, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task An_untrusted_client_cannot_evade_limits_with_forwarded_addresses(string trusted)
    {
        await using var app = await StartAsync(trusted);
        var statuses = new List<string>();
        for (var i = 1; i <= 7; i++)
            statuses.Add(await StatusAsync(app, $"X-Forwarded-For: 203.0.113.{i}"));
        Assert.Equal(["401", "401", "401", "401", "401", "429", "429"], statuses);
    }

    [Fact]
    public async Task Clients_behind_a_trusted_proxy_are_limited_separately()
    {
        await using var app = await StartAsync("127.0.0.1");
        foreach (var client in (string[])["203.0.113.1", "203.0.113.2:4711", "\"[2001:db8::1]\"", "2001:db8:0:1::1"])
        {
            for (var i = 1; i <= 5; i++)
                Assert.Equal("401", await StatusAsync(app, $"X-Forwarded-For: {client}"));
            Assert.Equal("429", await StatusAsync(app, $"X-Forwarded-For: {client}"));
        }
    }

    [Fact]
    public async Task Addresses_forwarded_by_the_client_itself_are_not_trusted()
    {
        await using var app = await StartAsync("127.0.0.1, 10.0.0.0/8");

        // The client's address is the last one outside the trusted proxies; the client may forge those before it.
        for (var i = 1; i <= 5; i++)
            Assert.Equal("401", await StatusAsync(app, $"X-Forwarded-For: 192.0.2.{i}, 203.0.113.7, 10.0.0.9"));
        Assert.Equal("429", await StatusAsync(app, "X-Forwarded-For: 203.0.113.7"));
    }

    [Fact]
    public async Task Invalid_forwarded_values_are_ignored()
    {
        await using var app = await StartAsync("127.0.0.1");
        var (location, _) = await AddressesAsync(
            app, ["X-Forwarded-For: nobody", "X-Forwarded-Proto: java script", "X-Forwarded-Host: <script>"]);
        Assert.StartsWith(app.Urls.First() + Http.Batches, location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-Proto", "javascript")]
    [InlineData("X-Forwarded-Proto", "ws")]
    [InlineData("X-Forwarded-Proto", "file")]
    [InlineData("X-Forwarded-Proto", "https:")]
    [InlineData("X-Forwarded-Proto", "http://x")]
    [InlineData("X-Forwarded-Proto", "javascript, javascript")]
    [InlineData("X-Forwarded-Proto", ",")]
    [InlineData("X-Forwarded-Proto", "\u00E9")]
    [InlineData("X-Forwarded-Host", "user@host.example")]
    [InlineData("X-Forwarded-Host", "a b")]
    [InlineData("X-Forwarded-Host", "a\"b")]
    [InlineData("X-Forwarded-Host", "a'b")]
    [InlineData("X-Forwarded-Host", "a(b)")]
    [InlineData("X-Forwarded-Host", "<script>")]
    [InlineData("X-Forwarded-Host", "h.example>; rel=next")]
    [InlineData("X-Forwarded-Host", "h.example:99999")]
    [InlineData("X-Forwarded-Host", "h.example:abc")]
    [InlineData("X-Forwarded-Host", "h.example:-1")]
    [InlineData("X-Forwarded-Host", "h.example:")]
    [InlineData("X-Forwarded-Host", "h.example:80:80")]
    [InlineData("X-Forwarded-Host", ":80")]
    [InlineData("X-Forwarded-Host", "[::1")]
    [InlineData("X-Forwarded-Host", "[::1]x")]
    [InlineData("X-Forwarded-Host", "[zz]")]
    [InlineData("X-Forwarded-Host", "h.example/path")]
    [InlineData("X-Forwarded-Host", "h.example?query")]
    [InlineData("X-Forwarded-Host", "h.example#fragment")]
    [InlineData("X-Forwarded-Host", "h\\example")]
    [InlineData("X-Forwarded-Host", "h%2fexample")]
    [InlineData("X-Forwarded-Host", "https://h.example")]
    [InlineData("X-Forwarded-Host", "*")]
    [InlineData("X-Forwarded-Host", "xn--a")]
    [InlineData("X-Forwarded-Host", "xn--999999999:80")]
    [InlineData("X-Forwarded-Host", "b\u00FCcher.example")]
    [InlineData("X-Forwarded-For", "<script>")]
    [InlineData("X-Forwarded-For", "1.2.3.4:99999")]
    [InlineData("X-Forwarded-For", "999.1.1.1")]
    [InlineData("X-Forwarded-For", "[::1")]
    [InlineData("X-Forwarded-For", ",,,")]
    public async Task Invalid_forwarded_values_never_reach_an_address(string name, string value)
    {
        await using var app = await StartAsync("127.0.0.1");
        var (location, links) = await AddressesAsync(app, [$"{name}: {value}"]);
        Assert.StartsWith(app.Urls.First() + Http.Batches, location, StringComparison.Ordinal);
        Assert.All(links, link => Assert.StartsWith(app.Urls.First() + Http.Batches, link, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_not_a_valid_international_name_is_served()
    {
        await using var app = await StartAsync("127.0.0.1");
        foreach (var host in (string[])["xn--a", "xn--", "xn--zzzzzzzz.com:80"])
        {
            var (head, _) = await RawHttp.SendAsync(
                new Uri(app.Urls.First()), "GET /health/live", $"Host: {host}", "X-Forwarded-Host: h.example");
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
            Assert.Contains("Request-Id: ", head, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("HTTPS", "h.example", "https://h.example")]
    [InlineData("\"https\"", "h.example:8443", "https://h.example:8443")]
    [InlineData("https", "H.Example", "https://H.Example")]
    [InlineData("https", "[2001:db8::1]:443", "https://[2001:db8::1]:443")]
    [InlineData("http", "under_score", "http://under_score")]

    // Without addresses only the last value is from the trusted proxy.
    [InlineData("javascript, Https", "evil.example, h.example", "https://h.example")]
    public async Task Valid_forwarded_values_are_used_and_the_scheme_is_in_lower_case(string scheme, string host, string expected)
    {
        await using var app = await StartAsync("127.0.0.1");
        var (location, links) = await AddressesAsync(app, [$"X-Forwarded-Proto: {scheme}", $"X-Forwarded-Host: {host}"]);
        Assert.StartsWith(expected + Http.Batches, location, StringComparison.Ordinal);
        Assert.All(links, link => Assert.StartsWith(expected + Http.Batches, link, StringComparison.Ordinal));
    }

    private Task<WebApplication> StartAsync(string trusted, string? url = null)
    {
        List<(string, string)> settings =
            [("Proxies:Trusted", trusted), ("RateLimits:Enabled", "true"), ("RateLimits:Standard:PerMinute", "5")];
        if (url is not null)
            settings.Add(("Kestrel:Endpoints:All:Url", url));
        return ApiServer.StartAsync(server.ConnectionString, [.. settings]);
    }

    /// <summary>The addresses in the responses to a create and a list.</summary>
    private async Task<(string Location, IReadOnlyList<string> Links)> AddressesAsync(
        WebApplication app, string[] headers, Uri? address = null)
    {
        address ??= new Uri(app.Urls.First());
        headers = [.. headers, $"Authorization: Bearer {(await server.CreateKeyAsync()).Secret}"];
        var (created, _) = await RawHttp.SendBodyAsync(
            address, $"POST {Http.Batches}", Http.Batch(), [.. headers, "Content-Type: application/json"]);
        await RawHttp.SendBodyAsync(address, $"POST {Http.Batches}", Http.Batch("B-2"), [.. headers, "Content-Type: application/json"]);
        var (listed, _) = await RawHttp.SendAsync(address, $"GET {Http.Batches}?limit=1", headers);
        var links = Regex.Matches(Regex.Match(listed, "^Link: (.*)$", RegexOptions.Multiline).Value, "<([^>]+)>")
            .Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, links.Count);
        return (Regex.Match(created, "^Location: (.*?)\r?$", RegexOptions.Multiline).Groups[1].Value, links);
    }

    private static async Task<string> StatusAsync(WebApplication app, params string[] headers)
    {
        var (head, _) = await RawHttp.SendAsync(new Uri(app.Urls.First()), $"GET {Http.Batches}", headers);
        return head.Split(' ')[1];
    }
}
