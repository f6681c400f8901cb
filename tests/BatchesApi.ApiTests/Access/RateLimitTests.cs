using System.Net;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests.Access;

/// <summary>Rate limits (specification, section 6).</summary>
public sealed class RateLimitTests(ApiServer server) : IAsyncLifetime
{
    private WebApplication? _limited;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _limited = await ApiServer.StartAsync(server.ConnectionString, ("RateLimits:Enabled", "true"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _limited!.DisposeAsync();

    [Fact]
    public async Task The_481st_request_in_a_minute_is_rejected_with_Retry_After()
    {
        using var client = await ClientAsync();
        for (var i = 1; i <= 480; i++)
        {
            using var response = await client.SendAsync("GET", $"{Http.Batches}/{TestRoutes.UnknownId}");
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            if (i is 1 or 480)
            {
                Assert.Equal("\"minute\";q=480;w=60, \"hour\";q=4800;w=3600", Header(response, "RateLimit-Policy"));
                Assert.Matches($"^\"minute\";r={480 - i};t=[0-9]+, \"hour\";r={4800 - i};t=[0-9]+$", Header(response, "RateLimit"));
            }
        }

        using var refused = await client.SendAsync("GET", $"{Http.Batches}/{TestRoutes.UnknownId}");
        var problem = await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Contains("'minute' of 480 requests in 60 s", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Matches("^\"minute\";r=0;", Header(refused, "RateLimit"));

        // Each credential has a separate limit.
        using var other = await ClientAsync();
        await other.GetJsonAsync(Http.Batches);
    }

    [Theory]
    [InlineData("?q=a")]
    [InlineData("?p={\"rating\":1}")]
    [InlineData("?fields=rating:1")]
    [InlineData("/groups?by=rating")]
    public async Task The_241st_intensive_request_in_a_minute_is_rejected_and_plain_requests_are_not(string query)
    {
        using var client = await ClientAsync();
        var statuses = await client.RepeatAsync(245, Http.Batches + query);
        Assert.Equal((240, 5), (statuses[200], statuses[429]));

        using var refused = await client.SendAsync("GET", Http.Batches + query);
        Assert.Contains(
            "'intensive-minute'",
            (string)(await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited"))["detail"]!,
            StringComparison.Ordinal);
        await client.GetJsonAsync($"{Http.Batches}?fields=batchCode,rating&sortBy=rating");
    }

    [Fact]
    public async Task Requests_without_a_credential_are_limited_by_address_except_probes_and_pages()
    {
        using var client = await ClientAsync();
        await client.GetJsonAsync(Http.Batches);
        using var anonymous = new HttpClient { BaseAddress = new Uri(_limited!.Urls.First()) };
        var statuses = await anonymous.RepeatAsync(485, Http.Batches);
        Assert.Equal((480, 5), (statuses[401], statuses[429]));
        foreach (var path in (string[])["/health/live", "/health/ready", "/swagger/v2/swagger.json", "/", "/docs/errors", "/problems"])
        {
            using var response = await anonymous.SendAsync("GET", path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        // A credential that this server knows is not limited by requests without one.
        await client.GetJsonAsync(Http.Batches);
    }

    [Fact]
    public async Task Bad_credentials_are_limited_without_affecting_valid_ones()
    {
        await using var tight = await ApiServer.StartAsync(
            server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Standard:PerMinute", "5"));
        using var client = await ClientAsync(of: tight);
        await client.GetJsonAsync(Http.Batches);
        using var guesser = ApiServer.CreateClient(
            new Uri(tight.Urls.First()), BatchesApi.Access.Secret.Create(BatchesApi.Access.Secret.KeyPrefix));
        var statuses = await guesser.RepeatAsync(12, Http.Batches);
        Assert.Equal((5, 7), (statuses[401], statuses[429]));

        await client.GetJsonAsync(Http.Batches);
    }

    [Fact]
    public async Task The_credential_endpoint_reports_the_remaining_quota()
    {
        using var client = await ClientAsync("read");
        await client.GetJsonAsync($"{Http.Batches}?q=a");

        var me = await client.GetJsonAsync("/api/v2/keys/me");

        Assert.Equal(
            ["minute", "hour", "intensive-minute", "intensive-hour"], me["limits"]!.AsArray().Select(limit => (string?)limit!["name"]));
        Assert.Equal([478, 4_798, 239, 1_199], me["limits"]!.AsArray().Select(limit => (int)limit!["remaining"]!));
        Assert.Equal([480, 4_800, 240, 1_200], me["limits"]!.AsArray().Select(limit => (int)limit!["limit"]!));
    }

    [Fact]
    public async Task Limits_can_be_changed_or_disabled_by_settings()
    {
        await using var tight = await ApiServer.StartAsync(
            server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Standard:PerMinute", "3"),
            ("RateLimits:Standard:PerHour", "5"));
        using var client = await ClientAsync(of: tight);
        var statuses = await client.RepeatAsync(10, Http.Batches);
        Assert.Equal((3, 7), (statuses[200], statuses[429]));

        using var free = await server.CreateClientAsync();
        using var response = await free.SendAsync("GET", Http.Batches);
        Assert.False(response.Headers.Contains("RateLimit"));
        Assert.Empty((await free.GetJsonAsync("/api/v2/keys/me"))["limits"]!.AsArray());
    }

    private async Task<HttpClient> ClientAsync(string scope = "write", WebApplication? of = null) =>
        ApiServer.CreateClient(new Uri((of ?? _limited!).Urls.First()), (await server.CreateKeyAsync(scope)).Secret);

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
