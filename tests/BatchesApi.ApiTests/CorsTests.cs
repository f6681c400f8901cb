using System.Net;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Cors:Origins</c>: the origins whose scripts may call the API from a browser, none by default.</summary>
public sealed class CorsTests(ApiServer server) : IAsyncLifetime
{
    private const string Crm = "https://crm.example.com";
    private const string Local = "http://localhost:3000";

    private WebApplication? _open;

    /// <summary>Values of the header <c>Origin</c> that browsers send, also for sandboxed pages and files.</summary>
    public static TheoryData<string> Origins => [Crm, Local, "https://evil.example.net", "null", "*", ""];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _open = await ApiServer.StartAsync(
        server.ConnectionString, ("Cors:Origins", $"{Crm}, {Local}, https://bücher.example"), ("RateLimits:Enabled", "true"),
        ("RateLimits:Standard:PerMinute", "5"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _open!.DisposeAsync();

    [Theory]
    [MemberData(nameof(Origins))]
    public async Task Without_the_setting_no_origin_is_allowed(string origin)
    {
        using var client = await server.CreateClientAsync();
        using var simple = await SendAsync(client, "GET", Http.Batches, origin);
        Assert.Equal(HttpStatusCode.OK, simple.StatusCode);
        Assert.Empty(CorsHeaders(simple));
        using var preflight = await SendPreflightAsync(client, Http.Batches, origin, "POST", "authorization,content-type");
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Empty(CorsHeaders(preflight));
    }

    [Theory]
    [InlineData(Crm)]
    [InlineData(Local)]
    [InlineData("https://xn--bcher-kva.example")]
    public async Task A_configured_origin_is_allowed_and_can_read_the_headers(string origin)
    {
        using var client = await ClientAsync();
        using var created = await SendAsync(client, "POST", Http.Batches, origin, Http.Batch());
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(origin, Header(created, "Access-Control-Allow-Origin"));
        Assert.Contains("Origin", created.Headers.Vary);
        var readable = Header(created, "Access-Control-Expose-Headers").Split(',');
        foreach (var name in (string[])
            [
                "Allow", "ETag", "Idempotent-Replayed", "Link", "Location", "Preference-Applied", "RateLimit", "RateLimit-Policy",
                "Request-Id", "Retry-After", "WWW-Authenticate", "X-Total-Count",
            ])
        {
            Assert.Contains(name, readable);
        }

        // Every other header of a response is exposed, unless it is always readable or belongs to the connection.
        using var list = await SendAsync(client, "GET", $"{Http.Batches}?limit=1", origin);
        foreach (var name in created.Headers.Concat(list.Headers).Select(header => header.Key))
        {
            if (name is not ("Date" or "Server" or "Transfer-Encoding" or "Vary" or "Cache-Control" or "X-Content-Type-Options")
                && !name.StartsWith("Access-Control-", StringComparison.Ordinal))
            {
                Assert.Contains(name, readable);
            }
        }
    }

    [Fact]
    public async Task A_configured_origin_can_read_error_responses()
    {
        using var stranger = new HttpClient { BaseAddress = Address };
        using var unauthenticated = await SendAsync(stranger, "GET", Http.Batches, Crm);
        await unauthenticated.ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(Crm, Header(unauthenticated, "Access-Control-Allow-Origin"));
        using var lost = await SendAsync(stranger, "GET", "/nowhere", Crm);
        await lost.ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
        Assert.Equal(Crm, Header(lost, "Access-Control-Allow-Origin"));

        using var client = await ClientAsync();
        for (var i = 0; i < 5; i++)
            await client.GetJsonAsync(Http.Batches);
        using var limited = await SendAsync(client, "GET", Http.Batches, Crm);
        await limited.ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(Crm, Header(limited, "Access-Control-Allow-Origin"));
        Assert.Contains("Retry-After", Header(limited, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATCH", "authorization, content-type, if-match")]
    [InlineData("PUT", "authorization,content-type")]
    [InlineData("DELETE", "authorization,if-match")]
    [InlineData("GET", "authorization,prefer,if-none-match")]
    [InlineData("POST", "Authorization,Content-Type,Idempotency-Key")]
    public async Task A_preflight_request_needs_no_credential_and_is_not_counted(string method, string headers)
    {
        using var browser = new HttpClient { BaseAddress = Address };
        for (var i = 0; i < 10; i++)
        {
            using var preflight = await SendPreflightAsync(browser, $"{Http.Batches}/{TestRoutes.UnknownId}", Crm, method, headers);
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(Crm, Header(preflight, "Access-Control-Allow-Origin"));
            Assert.Equal(method, Header(preflight, "Access-Control-Allow-Methods"));
            Assert.Equal("600", Header(preflight, "Access-Control-Max-Age"));

            // By name, because * does not include Authorization.
            Assert.Equal(
                headers.Split(',', StringSplitOptions.TrimEntries),
                Header(preflight, "Access-Control-Allow-Headers").Split(',', StringSplitOptions.TrimEntries));
        }
    }

    [Theory]
    [InlineData("https://evil.example.net")]
    [InlineData("http://crm.example.com")]
    [InlineData("https://crm.example.com:8443")]
    [InlineData("https://crm.example.com.evil.example.net")]
    [InlineData("https://x.crm.example.com")]
    [InlineData("null")]
    [InlineData("*")]
    public async Task An_origin_that_is_not_configured_is_not_allowed(string origin)
    {
        using var client = await ClientAsync();
        using var simple = await SendAsync(client, "GET", Http.Batches, origin);
        Assert.Equal(HttpStatusCode.OK, simple.StatusCode);
        Assert.Empty(CorsHeaders(simple));
        using var preflight = await SendPreflightAsync(client, Http.Batches, origin, "PATCH", "authorization");
        Assert.Empty(CorsHeaders(preflight));
    }

    [Fact]
    public async Task Credentials_stored_by_the_browser_are_never_allowed()
    {
        using var client = await ClientAsync();
        using var simple = await SendAsync(client, "GET", Http.Batches, Crm);
        using var preflight = await SendPreflightAsync(client, Http.Batches, Crm, "PATCH", "authorization");
        Assert.DoesNotContain("Access-Control-Allow-Credentials", CorsHeaders(simple).Concat(CorsHeaders(preflight)));
    }

    private Uri Address => new(_open!.Urls.First());

    private async Task<HttpClient> ClientAsync() => ApiServer.CreateClient(Address, (await server.CreateKeyAsync()).Secret);

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, string method, string address, string origin, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (body is not null)
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a preflight request.</summary>
    private static async Task<HttpResponseMessage> SendPreflightAsync(
        HttpClient client, string address, string origin, string method, string headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, address);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> CorsHeaders(HttpResponseMessage response) =>
        response.Headers.Select(header => header.Key).Where(name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
