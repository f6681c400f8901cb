using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Deployment;

/// <summary>The server behind nginx and Caddy with the configurations in <c>deploy</c>: with TLS, and below a path.</summary>
public sealed partial class ReverseProxyTests(Databases databases)
{
    private const string Batches = "api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task Everything_works_behind_a_proxy_below_a_path(string program)
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("Proxies__Trusted", "127.0.0.1"), ("AllowedHosts", ReverseProxy.Host));
        await using var proxy = await ReverseProxy.StartAsync(program, server.Address);
        using var client = proxy.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        await AssertRedirectsAsync(client, proxy);
        await AssertAddressesAsync(client, proxy);
        await AssertSwaggerUiAsync(client, proxy);
        await AssertEntityTagsAsync(client);
        await AssertCompressionAsync(client);
        await AssertEventsAsync(client);
        await AssertLargeBodiesAsync(client);
    }

    private static async Task AssertRedirectsAsync(HttpClient client, ReverseProxy proxy)
    {
        Assert.Equal(proxy.Address, await GetRedirectAsync(client, new Uri(proxy.Address, "/crm")));
        Assert.Equal(
            new Uri(proxy.Address, "swagger/index.html"), await GetRedirectAsync(client, new Uri(proxy.Address, "swagger")));
        var secure = await GetRedirectAsync(client, new Uri(proxy.PlainAddress, "docs"));
        Assert.Equal(("https", ReverseProxy.Host, "/crm/docs"), (secure.Scheme, secure.Host, secure.AbsolutePath));
    }

    private static async Task AssertAddressesAsync(HttpClient client, ReverseProxy proxy)
    {
        using var created = await CreateAsync(client, "B-1");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var found = await client.GetAsync(created.Headers.Location, Cancellation);
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        (await CreateAsync(client, "B-2")).Dispose();

        using var listed = await client.GetAsync($"{Batches}?limit=1&fields=batchCode%2Cid", Cancellation);
        var next = Target().Match(string.Join(',', listed.Headers.GetValues("Link"))).Groups[1].Value;
        Assert.StartsWith($"{proxy.Address}{Batches}?", next, StringComparison.Ordinal);
        Assert.Single((await client.GetFromJsonAsync<JsonNode>(next, Cancellation))!["data"]!.AsArray());

        using var request = new HttpRequestMessage(HttpMethod.Get, "nowhere");
        request.Headers.Add("X-Forwarded-Prefix", "/evil");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        using var missing = await client.SendAsync(request, Cancellation);
        var problem = (await missing.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
        Assert.Equal($"{proxy.Address}problems/route_not_found", (string?)problem["type"]);
        Assert.Equal("/crm/nowhere", (string?)problem["instance"]);
        await AssertLinksAsync(client, proxy, (string)problem["type"]!);

        await AssertLinksAsync(client, proxy, "docs/operating");
        Assert.Contains($"{proxy.Address}{Batches}", await AssertLinksAsync(client, proxy, ""), StringComparison.Ordinal);
    }

    private static async Task AssertSwaggerUiAsync(HttpClient client, ReverseProxy proxy)
    {
        await AssertLinksAsync(client, proxy, "swagger/index.html");
        Assert.Contains(
            "url: \"v2/swagger.json\"", await client.GetStringAsync("swagger/page.js", Cancellation), StringComparison.Ordinal);
        var document = await client.GetFromJsonAsync<JsonNode>("swagger/v2/swagger.json", Cancellation);
        Assert.Equal(proxy.Address.ToString().TrimEnd('/'), (string?)document!["servers"]![0]!["url"]);
    }

    /// <summary>The proxies would compress, and clients accept it, but strong tags stay strong.</summary>
    private static async Task AssertEntityTagsAsync(HttpClient client)
    {
        using var created = await CreateAsync(client, "B-3");
        var address = created.Headers.Location;
        using var found = await SendAsync(client, HttpMethod.Get, address!, ("Accept-Encoding", "gzip, br, zstd"));
        Assert.Equal("\"1\"", found.Headers.ETag!.ToString());
        using var same = await SendAsync(
            client, HttpMethod.Get, address!, ("Accept-Encoding", "gzip, br, zstd"), ("If-None-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var change = new HttpRequestMessage(HttpMethod.Patch, address) { Content = JsonContent.Create(new { rating = 4 }) };
        change.Headers.IfMatch.Add(found.Headers.ETag);
        change.Headers.Add("Accept-Encoding", "gzip, br, zstd");
        using var changed = await client.SendAsync(change, Cancellation);
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (changed.StatusCode, changed.Headers.ETag!.ToString()));
        using var page = await SendAsync(client, HttpMethod.Get, new Uri(client.BaseAddress!, "docs"), ("Accept-Encoding", "gzip"));
        using var samePage = await SendAsync(
            client, HttpMethod.Get, new Uri(client.BaseAddress!, "docs"),
            ("Accept-Encoding", "gzip"), ("If-None-Match", page.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, samePage.StatusCode);
    }

    private static async Task AssertCompressionAsync(HttpClient client)
    {
        using var list = await SendAsync(client, HttpMethod.Get, new Uri(client.BaseAddress!, Batches), ("Accept-Encoding", "br"));
        Assert.Equal(["br"], list.Content.Headers.ContentEncoding);
    }

    /// <summary>An event arrives while the stream is open.</summary>
    private static async Task AssertEventsAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Batches}/changes");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("Accept-Encoding", "gzip, br");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        (await CreateAsync(client, "B-EVENT")).Dispose();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        timeout.CancelAfter(TimeSpan.FromSeconds(10));
        string? line;
        do
        {
            line = await reader.ReadLineAsync(timeout.Token);
            Assert.NotNull(line);
        }
        while (!line.Contains("B-EVENT", StringComparison.Ordinal));
    }

    /// <summary>The server, not the proxy, says what is too large.</summary>
    private static async Task AssertLargeBodiesAsync(HttpClient client)
    {
        using var body = new StringContent(
            $$"""{"notes":"{{new string('a', 2 * 1024 * 1024)}}"}""", new MediaTypeHeaderValue("application/json"));
        using var response = await client.PostAsync(Batches, body, Cancellation);
        Assert.Equal("body_too_large", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["code"]);
        using var list = await client.GetAsync($"{Batches}?q={new string('a', 60_000)}", Cancellation);
        Assert.Equal("invalid_parameter", (string?)(await list.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["code"]);
    }

    /// <summary>Checks that every link and file of a page is below the path and available.</summary>
    /// <returns>The page.</returns>
    private static async Task<string> AssertLinksAsync(HttpClient client, ReverseProxy proxy, string path)
    {
        var page = await client.GetStringAsync(path, Cancellation);
        var address = new Uri(proxy.Address, path);
        var links = PageLink().Matches(page).Select(match => new Uri(address, match.Groups[1].Value))
            .Where(link => link.Host == proxy.Address.Host).Select(link => link.GetLeftPart(UriPartial.Query)).ToHashSet();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            Assert.StartsWith(proxy.Address.ToString(), link, StringComparison.Ordinal);
            using var response = await client.GetAsync(link, Cancellation);
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.MovedPermanently, $"{link}: {response.StatusCode}");
        }
        return page;
    }

    private static async Task<Uri> GetRedirectAsync(HttpClient client, Uri address)
    {
        using var response = await client.GetAsync(address, Cancellation);
        Assert.InRange((int)response.StatusCode, 301, 308);
        return new Uri(address, response.Headers.Location!);
    }

    private static Task<HttpResponseMessage> CreateAsync(HttpClient client, string code) => client.PostAsJsonAsync(
        Batches, new { batchCode = code, batchType = "standard" }, Cancellation);

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, HttpMethod method, Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, Cancellation);
    }

    [GeneratedRegex("<([^>]+)>; rel=\"next\"")]
    private static partial Regex Target();

    [GeneratedRegex("(?:href|src)=\"([^\"]*)\"")]
    private static partial Regex PageLink();
}
