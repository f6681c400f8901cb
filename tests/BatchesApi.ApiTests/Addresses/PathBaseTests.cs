using System.Net;

namespace BatchesApi.ApiTests.Addresses;

/// <summary>The setting <c>PathBase</c> and the header <c>X-Forwarded-Prefix</c>.</summary>
public sealed class PathBaseTests(ApiServer server) : AddressTest(server)
{
    private const string Trusted = "127.0.0.1";

    /// <summary>Values that must not become part of a link.</summary>
    private static readonly string[] HostilePrefixes =
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/a//b", "/..", "/a/../b", "/a/..", "/./a", "/%2e%2e/a",
        "/%2fevil.example", "/a%0d%0aSet-Cookie:x", "/a\tb", "/a b", "/\"onload=alert(1)", "/'a", "/<script>alert(1)</script>", "/a?b",
        "/a#b",
        "/a;b", "/a:b", "/@evil.example", "/é", "evil.example", "https://evil.example", "a", ".", "?", "#", "\"", "/a>; rel=next",
        "/" + new string('a', 300), "/a, //evil.example", "/a, <script>",
    ];

    [Theory]
    [InlineData("/crm", "/crm")]
    [InlineData("/crm/", "/crm")]
    [InlineData("/crm/v1.0/a_b~c-d", "/crm/v1.0/a_b~c-d")]
    [InlineData("/...", "/...")]
    public async Task Links_have_the_path_base_whether_the_request_has_it_or_not(string setting, string expected)
    {
        await using var app = await StartAsync(("PathBase", setting));
        var url = app.Urls.First() + expected;
        AssertBelow(url, await ReadAsync(app, expected));
        AssertBelow(url, await ReadAsync(app, ""));
        AssertBelow(url, await ReadAsync(app, expected.ToUpperInvariant()));
    }

    [Fact]
    public async Task Every_kind_of_route_is_served_below_the_path_base()
    {
        await using var app = await StartAsync(("PathBase", "/crm"));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.First()) };
        foreach (var path in (string[])["/crm", "/crm/", "/crm/docs", "/crm/health/ready", "/health/ready", "/crm/swagger/index.html"])
        {
            using var response = await client.SendAsync("GET", path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        using (var redirect = await client.SendAsync("GET", "/crm/swagger"))
        {
            var target = new Uri(new Uri(client.BaseAddress, "/crm/swagger"), redirect.Headers.Location!);
            Assert.Equal("/crm/swagger/index.html", target.AbsolutePath);
        }
        await client.SendAsync("OPTIONS", "/crm").EmptyAsync(HttpStatusCode.NoContent);
        using var other = await client.SendAsync("GET", "/crm2");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task A_prefix_of_a_trusted_proxy_is_used()
    {
        await using var app = await StartAsync(("Proxies:Trusted", Trusted));
        AssertBelow($"{app.Urls.First()}/crm", await ReadAsync(app, "", "X-Forwarded-Prefix: /crm"));
        AssertBelow($"{app.Urls.First()}/crm", await ReadAsync(app, "", "X-Forwarded-Prefix: /crm/"));
        AssertBelow(app.Urls.First(), await ReadAsync(app, "", "X-Forwarded-Prefix: /"));
        AssertBelow(
            "https://h.example/crm",
            await ReadAsync(
                app, "", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: h.example",
                "X-Forwarded-Prefix: /crm"));

        // The client sent the first one.
        AssertBelow($"{app.Urls.First()}/crm", await ReadAsync(app, "", "X-Forwarded-Prefix: /evil, /crm"));
        AssertBelow(
            $"{app.Urls.First()}/crm", await ReadAsync(app, "", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Prefix: /evil, /crm"));
    }

    [Fact]
    public async Task A_prefix_comes_before_the_path_base()
    {
        await using var app = await StartAsync(("Proxies:Trusted", Trusted), ("PathBase", "/v1"));
        AssertBelow($"{app.Urls.First()}/crm/v1", await ReadAsync(app, "/v1", "X-Forwarded-Prefix: /crm"));
        AssertBelow($"{app.Urls.First()}/crm", await ReadAsync(app, "", "X-Forwarded-Prefix: /crm"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0/8")]
    public async Task A_prefix_of_an_untrusted_peer_is_ignored(string trusted)
    {
        await using var app = await StartAsync(("Proxies:Trusted", trusted));
        AssertBelow(app.Urls.First(), await ReadAsync(app, "", "X-Forwarded-Prefix: /crm"));
    }

    [Fact]
    public async Task A_hostile_prefix_is_ignored_even_from_a_trusted_proxy()
    {
        await using var app = await StartAsync(("Proxies:Trusted", Trusted));
        foreach (var prefix in HostilePrefixes)
            AssertBelow(app.Urls.First(), await ReadAsync(app, "", "X-Forwarded-For: 203.0.113.7", $"X-Forwarded-Prefix: {prefix}"));
    }
}
