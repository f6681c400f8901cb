using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests;

/// <summary>The headers of every response (specification, section 2.5).</summary>
public sealed class ResponseHeaderTests(ApiServer server) : IAsyncLifetime
{
    private const string Origin = "https://crm.example.com";
    private const string Batch = Http.Batches + "/{id}";
    private const string Revalidate = "no-cache, private";

    private readonly CapturedLog _log = new();
    private WebApplication? _app;

    /// <summary>Requests with every kind of response: method, address, status and <c>Cache-Control</c>.</summary>
    public static TheoryData<string, string, int, string> Requests => new()
    {
        { "GET", Http.Batches, 200, Revalidate },
        { "HEAD", Http.Batches, 200, Revalidate },
        { "GET", Http.Batches + "?q=none", 200, Revalidate },
        { "GET", Http.Deleted, 200, Revalidate },
        { "POST", Http.Batches, 201, Revalidate },
        { "GET", Batch, 200, Revalidate },
        { "GET", Batch + "#known", 304, Revalidate },
        { "HEAD", Batch + "#known", 304, Revalidate },
        { "PATCH", Batch, 200, Revalidate },
        { "GET", Batch + "/history", 200, Revalidate },
        { "GET", Http.Groups + "?by=assignee", 200, Revalidate },
        { "DELETE", Http.Deleted + "/{id}", 204, Revalidate },
        { "OPTIONS", Batch, 204, Revalidate },
        { "OPTIONS", Batch + "#preflight", 204, Revalidate },
        { "GET", "/api/v2/keys/me", 200, "no-store" },
        { "GET", Http.Batches + "?limit=0", 400, "no-store" },
        { "GET", Http.Batches + "#anonymous", 401, "no-store" },
        { "POST", "/api/v2/signout", 403, "no-store" },
        { "GET", Http.Batches + "/unknown", 404, "no-store" },
        { "GET", "/nowhere", 404, "no-store" },
        { "HEAD", "/nowhere", 404, "no-store" },
        { "TRACE", Http.Batches, 405, "no-store" },
        { "POST", Http.Batches + "#xml", 415, "no-store" },
        { "GET", "/health/live", 200, "no-store" },
        { "GET", "/health/ready", 200, "no-store" },
        { "GET", "/swagger", 301, Revalidate },
        { "GET", "/swagger/index.html", 200, "max-age=0, private" },
        { "GET", "/swagger/swagger-ui.css", 200, "max-age=0, private" },
        { "GET", "/swagger/v2/swagger.json", 200, Revalidate },
    };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _app = await ApiServer.StartAsync(
        server.ConnectionString,
        builder => builder.Logging.AddProvider(_log).AddFilter("BatchesApi.RequestLog", LogLevel.Information),
        options => options,
        ("Cors:Origins", Origin),
        ("Kestrel:Endpoints:One:Url", "http://127.0.0.1:0"),
        ("Kestrel:Endpoints:Two:Url", "http://127.0.0.1:0"),
        ("Kestrel:Endpoints:Two:Protocols", "Http2"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_response_has_the_common_headers_over_both_versions_of_HTTP(
        string method, string address, int status, string cacheControl)
    {
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var response = await SendAsync(version, method, address);

            Assert.Equal((version, status), (response.Version, (int)response.StatusCode));
            var requestId = Assert.Single(response.Headers.GetValues("Request-Id"));
            Assert.Matches("^[0-9a-f]{32}$", requestId);
            Assert.Equal(cacheControl, Sorted(response.Headers.CacheControl!.ToString()));
            Assert.Single(response.Headers.Vary, "Origin");
            Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (response.Content.Headers.ContentType?.MediaType == "application/problem+json" && method != "HEAD")
                Assert.Equal(requestId, (string?)JsonNode.Parse(body)!["traceId"]);
            await WaitForLineAsync(requestId);
        }
    }

    [Theory]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true)]
    [InlineData("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("traceparent", "0af7651916cd43dd8448eb211c80319c", false)]
    [InlineData("traceparent", "<script>", false)]
    [InlineData("Request-Id", "|0af7651916cd43dd8448eb211c80319c.", false)]
    [InlineData("Request-Id", "<script>", false)]
    public async Task A_Request_Id_is_the_trace_of_a_valid_traceparent_and_otherwise_new(string name, string value, bool isFollowed)
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", "/health/live", headers: [(name, value)]);
        var requestId = Assert.Single(response.Headers.GetValues("Request-Id"));
        Assert.Matches("^[0-9a-f]{32}$", requestId);
        Assert.Equal(isFollowed, requestId == "0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task Without_CORS_responses_do_not_vary_by_origin()
    {
        using var client = await server.CreateClientAsync();
        using var response = await client.SendAsync("GET", Http.Batches, headers: [("Origin", Origin)]);
        Assert.DoesNotContain("Origin", response.Headers.Vary);
    }

    private async Task<HttpResponseMessage> SendAsync(Version version, string method, string address)
    {
        using var client = new HttpClient(new ExactVersionHandler(version))
        {
            BaseAddress = new Uri(_app!.Urls.ElementAt(version.Major - 1)),
        };
        var parts = address.Split('#');
        if (!address.EndsWith("#anonymous", StringComparison.Ordinal))
            client.DefaultRequestHeaders.Authorization = new("Bearer", (await server.CreateKeyAsync()).Secret);
        if (address.Contains("{id}", StringComparison.Ordinal))
            parts[0] = parts[0].Replace("{id}", await client.CreateIdAsync(), StringComparison.Ordinal);
        (string, string)[] headers = parts.ElementAtOrDefault(1) switch
        {
            "known" => [("If-None-Match", "\"1\"")],
            "preflight" => [("Origin", Origin), ("Access-Control-Request-Method", "PUT")],
            _ => [],
        };
        return await client.SendAsync(
            method,
            parts[0],
            method switch { "POST" => Http.Batch("B-2"), "PATCH" => "{}", _ => null },
            parts.ElementAtOrDefault(1) == "xml" ? "application/xml" : "application/json",
            headers);
    }

    /// <summary>Waits for the line of the request, which is logged after the response.</summary>
    private async Task WaitForLineAsync(string requestId)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!_log.Lines.Any(line => line.Contains($"trace {requestId}", StringComparison.Ordinal)))
            await Task.Delay(10, timeout.Token);
    }

    private static string Sorted(string list) => string.Join(", ", list.Split(", ").Order(StringComparer.Ordinal));

    /// <summary>Sends all requests with one version of HTTP, without following redirects.</summary>
    private sealed class ExactVersionHandler(Version version) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
