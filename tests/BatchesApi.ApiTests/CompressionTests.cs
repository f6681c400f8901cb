using System.IO.Compression;
using System.Net;
using System.Text;

namespace BatchesApi.ApiTests;

/// <summary>Compression of responses (specification, section 5.3).</summary>
public sealed class CompressionTests(ApiServer server)
{
    private const string Batch = Http.Batches + "/{id}";

    /// <summary>Lists and documents.</summary>
    public static TheoryData<string> Compressed =>
    [
        Http.Batches, Http.Batches + "?limit=1&count=none", Http.Batches + "?q=B", Http.Deleted, Batch + "/history",
        Http.Groups + "?by=assignee",
        "/swagger/v2/swagger.json", "/swagger/v2/swagger.yaml",
    ];

    /// <summary>Single batches, credentials, health checks and problems.</summary>
    public static TheoryData<string, string> Uncompressed => new()
    {
        { "GET", Batch },
        { "PUT", Batch },
        { "PATCH", Batch },
        { "POST", Http.Batches },
        { "GET", "/api/v2/keys/me" },
        { "GET", "/health/ready" },
        { "GET", Http.Batches + "?limit=0" },
        { "GET", Http.Deleted + "?sortBy=x" },
        { "GET", "/nowhere" },
    };

    [Theory]
    [MemberData(nameof(Compressed))]
    public async Task Lists_and_documents_are_compressed_as_the_client_accepts(string path)
    {
        using var client = await server.CreateClientAsync();
        var address = await FillAsync(client, path);
        using var plain = await client.SendAsync("GET", address);
        var expected = await plain.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Accept-Encoding", plain.Headers.Vary);
        foreach (var (accept, coding) in ((string, string)[])
            [
                ("br", "br"), ("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, gzip;q=0.5", "gzip"), ("GZIP", "gzip"), ("*", "br"),
                ("br;q=0, *", "gzip"), ("*, BR;q=0", "gzip"), ("br;q=0, *;q=0.5", "gzip"), ("gzip;q=0, *;q=0.1", "br"),
                ("*;q=0, gzip", "gzip"),
            ])
        {
            using var response = await SendAsync(client, "GET", address, accept);
            Assert.Equal([coding], response.Content.Headers.ContentEncoding);
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            Assert.NotEqual(false, response.Headers.ETag?.IsWeak);
            Assert.Equal(expected, await DecodeAsync(response, coding));

            using var head = await SendAsync(client, "HEAD", address, accept);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            Assert.Equal([coding], head.Content.Headers.ContentEncoding);
            Assert.Null(head.Content.Headers.ContentLength);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("identity")]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("br;q=0, gzip;q=0")]
    [InlineData("br;q=0, gzip;q=0, *;q=1")]
    [InlineData("deflate, zstd")]
    [InlineData("brotli")]
    [InlineData(",;q=,,br;;;q")]
    [InlineData("br;q=high;x=\"")]
    public async Task Clients_that_accept_neither_br_nor_gzip_get_plain_lists(string accept)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync();
        using var response = await SendAsync(client, "GET", Http.Batches, accept);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        Assert.Single((await response.JsonAsync())["data"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Uncompressed))]
    public async Task Single_batches_credentials_and_problems_are_never_compressed(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        var body = method switch { "PATCH" => "{}", "GET" => null, _ => Http.Batch("B-2") };
        using var response = await SendAsync(client, method, await FillAsync(client, path), "br, gzip", body);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.NotEqual(true, response.Headers.ETag?.IsWeak);
        Assert.StartsWith(
            "{", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_304_has_no_coding()
    {
        using var client = await server.CreateClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, await FillAsync(client, Batch));
        request.Headers.Add("If-None-Match", "\"1\"");
        request.Headers.Add("Accept-Encoding", "br");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal("\"1\"", response.Headers.ETag?.Tag);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br", "gzip")]
    [InlineData("identity", null)]
    public async Task The_files_of_Swagger_UI_are_compressed_once(string accept, string? coding)
    {
        using var client = server.CreateAnonymousClient();
        using var plain = await client.SendAsync("GET", "/swagger/swagger-ui.css");
        using var response = await SendAsync(client, "GET", "/swagger/swagger-ui.css", accept);
        Assert.Equal(coding is null ? [] : [coding], response.Content.Headers.ContentEncoding);
        Assert.Equal(
            await plain.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await DecodeAsync(response, coding ?? ""));
    }

    [Fact]
    public async Task A_compressed_response_varies_by_encoding_and_origin()
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("Cors:Origins", "https://a.example, https://b.example"));
        using var client = await server.CreateClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(app.Urls.First()), Http.Batches));
        request.Headers.Add("Accept-Encoding", "gzip");
        request.Headers.Add("Origin", "https://b.example");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Equal(["Accept", "Accept-Encoding", "Origin"], response.Headers.Vary.Order(StringComparer.Ordinal));
        Assert.Equal(["https://b.example"], response.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task A_large_page_arrives_complete(string coding)
    {
        using var client = await server.CreateClientAsync();
        var random = new Random(1);
        for (var i = 0; i < 16; i++)
        {
            var batches = Enumerable.Range(0, 25).Select(n =>
                Http.Batch($"B-{i}-{n}", $"\"notes\":\"{Convert.ToBase64String(RandomBytes(random, 7_000))}\""));
            using var created = await client.SendAsync("POST", Http.Batches, $"[{string.Join(',', batches)}]");
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }
        var plain = await client.GetStringAsync($"{Http.Batches}?limit=1000", TestContext.Current.CancellationToken);
        Assert.True(plain.Length > 3_500_000);
        using var response = await SendAsync(client, "GET", $"{Http.Batches}?limit=1000", coding);
        Assert.True(plain == await DecodeAsync(response, coding));
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<string> FillAsync(HttpClient client, string path) =>
        path.Replace("{id}", await client.CreateIdAsync(), StringComparison.Ordinal);

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient client, string method, string address, string accept, string? body = null) =>
        client.SendAsync(method, address, body, headers: [("Accept-Encoding", accept)]);

    private static async Task<string> DecodeAsync(HttpResponseMessage response, string coding)
    {
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await using var decoded = coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var reader = new StreamReader(decoded, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
