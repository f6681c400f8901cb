namespace BatchesApi.ApiTests.Addresses;

/// <summary>The setting <c>Server:PublicUrl</c>.</summary>
public sealed class PublicUrlTests(ApiServer server) : AddressTest(server)
{
    [Theory]
    [InlineData("https://api.example.com", "https://api.example.com")]
    [InlineData("https://api.example.com/", "https://api.example.com")]
    [InlineData("HTTPS://Api.Example.com:443/crm/", "https://api.example.com/crm")]
    [InlineData("http://api.example.com:8443/crm/v1", "http://api.example.com:8443/crm/v1")]
    [InlineData("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443")]
    [InlineData("https://bücher.example/crm", "https://xn--bcher-kva.example/crm")]
    public async Task Links_have_the_public_URL_whatever_the_request_says(string setting, string expected)
    {
        await using var app = await StartAsync(("Server:PublicUrl", setting), ("Proxies:Trusted", "127.0.0.1"));
        AssertBelow(expected, await ReadAsync(app, ""));
        AssertBelow(expected, await ReadAsync(app, "", "Host: evil.example"));
        AssertBelow(
            expected,
            await ReadAsync(
                app, "", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example",
                "X-Forwarded-Prefix: /evil"));
    }

    [Fact]
    public async Task The_path_base_is_removed_from_requests_and_the_public_URL_is_in_links()
    {
        await using var app = await StartAsync(("Server:PublicUrl", "https://api.example.com/crm"), ("PathBase", "/internal"));
        AssertBelow("https://api.example.com/crm", await ReadAsync(app, "/internal"));
        AssertBelow("https://api.example.com/crm", await ReadAsync(app, ""));
    }
}
