using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Addresses;

/// <summary>The setting <c>AllowedHosts</c>.</summary>
public sealed class AllowedHostsTests(ApiServer server) : AddressTest(server)
{
    private const string Setting = "api.example.com; *.apps.example.com;[2001:db8::1];münchen.example";

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("API.Example.COM:8443")]
    [InlineData("a.apps.example.com")]
    [InlineData("a.b.apps.example.com:1")]
    [InlineData("[2001:db8::1]")]
    [InlineData("[2001:db8::1]:8443")]
    [InlineData("xn--mnchen-3ya.example")]
    public async Task An_allowed_host_is_served_and_in_links(string host)
    {
        await using var app = await StartAsync(("AllowedHosts", Setting));
        AssertBelow($"http://{host}", await ReadAsync(app, "", $"Host: {host}"));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("apps.example.com")]
    [InlineData("api.example.com.evil.example")]
    [InlineData("my-api.example.com")]
    [InlineData("evil.example:80")]
    [InlineData("[2001:db8::2]")]
    [InlineData("api.example.com@evil.example")]
    [InlineData("a\"b")]
    [InlineData("xn--a")]
    public async Task A_host_that_is_not_allowed_is_rejected_and_not_in_links(string host)
    {
        await using var app = await StartAsync(("AllowedHosts", Setting));
        foreach (var path in (string[])["/", Http.Batches, "/swagger/v2/swagger.json", "/nowhere", "/healthy"])
        {
            var (head, body) = await RawHttp.SendAsync(new Uri(app.Urls.First()), $"GET {path}", $"Host: {host}");
            Assert.StartsWith("HTTP/1.1 400 ", head, StringComparison.Ordinal);
            if (body.Length == 0)
                continue; // Kestrel rejected the header.
            var problem = JsonNode.Parse(body)!;
            Assert.Equal("host_not_allowed", (string?)problem["code"]);
            Assert.Equal("/problems/host_not_allowed", (string?)problem["type"]);
            Assert.Contains("Cache-Control: no-store", head, StringComparison.Ordinal);
            Assert.Contains("Request-Id: ", head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Health_checks_may_have_any_host()
    {
        await using var app = await StartAsync(("AllowedHosts", Setting), ("PathBase", "/crm"));
        foreach (var path in (string[])["/health/live", "/health/ready", "/crm/health/ready"])
        {
            var (head, _) = await RawHttp.SendAsync(new Uri(app.Urls.First()), $"GET {path}", "Host: 10.1.2.3:8080");
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        }
        var (_, body) = await RawHttp.SendAsync(new Uri(app.Urls.First()), "GET /health/nowhere", "Host: evil.example");
        Assert.Equal("/crm/problems/route_not_found", (string?)JsonNode.Parse(body)!["type"]);
    }

    [Fact]
    public async Task The_host_that_a_trusted_proxy_forwards_counts()
    {
        await using var app = await StartAsync(("AllowedHosts", Setting), ("Proxies:Trusted", "127.0.0.1"));
        AssertBelow(
            "http://api.example.com", await ReadAsync(app, "", "Host: upstream", "X-Forwarded-Host: api.example.com"));
        var (head, _) = await RawHttp.SendAsync(
            new Uri(app.Urls.First()), "GET /", "Host: api.example.com", "X-Forwarded-Host: evil.example");
        Assert.StartsWith("HTTP/1.1 400 ", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_problem_has_the_public_URL()
    {
        await using var app = await StartAsync(("AllowedHosts", Setting), ("Server:PublicUrl", "https://api.example.com/crm"));
        var (_, body) = await RawHttp.SendAsync(new Uri(app.Urls.First()), "GET /", "Host: evil.example");
        Assert.Equal("https://api.example.com/crm/problems/host_not_allowed", (string?)JsonNode.Parse(body)!["type"]);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("api.example.com;*")]
    [InlineData("")]
    public async Task All_hosts_may_be_allowed(string setting)
    {
        await using var app = await StartAsync(("AllowedHosts", setting));
        AssertBelow("http://other.example", await ReadAsync(app, "", "Host: other.example"));
    }
}
