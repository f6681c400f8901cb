using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>Methods and addresses: 405, HEAD, OPTIONS and unknown routes (specification, sections 2 and 5).</summary>
public sealed class MethodTests(ApiServer server)
{
    public static TheoryData<string, string, string> Others => new()
    {
        { Http.Batches, "GET, HEAD, POST", "PUT PATCH DELETE OPTIONS TRACE FOO" },
        { $"{Http.Batches}/{TestRoutes.UnknownId}", "GET, HEAD, PATCH, PUT", "POST DELETE OPTIONS TRACE FOO" },
        { Http.Deleted, "GET, HEAD", "POST PUT PATCH DELETE OPTIONS TRACE FOO" },
        { "/swagger/v2/swagger.json", "GET, HEAD", "POST DELETE" },
        { $"{Http.Deleted}/{TestRoutes.UnknownId}", "DELETE, GET, HEAD", "POST PUT PATCH OPTIONS TRACE FOO" },
        { $"{Http.Deleted}/{TestRoutes.UnknownId}/restore", "POST", "GET HEAD PUT PATCH DELETE OPTIONS TRACE FOO" },
        { "/health/live", "GET, HEAD", "POST PUT PATCH DELETE OPTIONS" },
        { "/health/ready", "GET, HEAD", "POST PUT PATCH DELETE OPTIONS" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task An_unsupported_method_is_405_with_the_allowed_methods(string path, string allowed, string methods)
    {
        foreach (var credential in (bool[])[true, false])
        {
            using var client = credential ? await server.CreateClientAsync() : server.CreateAnonymousClient();
            foreach (var method in methods.Split(' '))
            {
                using var response = await client.SendAsync(method, path);
                Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
                if (method != "HEAD")
                    await response.ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
                Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order(StringComparer.Ordinal)));
            }
        }
    }

    [Theory]
    [InlineData(Http.Batches)]
    [InlineData(Http.Batches + "/{id}")]
    [InlineData(Http.Deleted)]
    public async Task A_DELETE_on_the_active_address_changes_nothing_and_names_the_right_address(string path)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());

        using var response = await client.SendAsync("DELETE", path.Replace("{id}", batch.Id(), StringComparison.Ordinal));
        var problem = await response.ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");

        Assert.Superset(new HashSet<string> { "GET", "HEAD" }, response.Content.Headers.Allow.ToHashSet());
        Assert.Equal($"To delete a batch, send DELETE {Http.Deleted}/{{id}}.", (string?)problem["detail"]);
        Http.AssertSame(batch, await client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
    }

    [Theory]
    [InlineData(Http.Batches + "?limit=1&count=exact")]
    [InlineData(Http.Batches + "/{id}?fields=rating")]
    [InlineData(Http.Deleted)]
    [InlineData(Http.Deleted + "/{deleted}")]
    [InlineData(Http.Deleted + "/{id}")]
    [InlineData(Http.Batches + "?limit=0")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/nowhere")]
    public async Task HEAD_gets_the_response_of_GET_without_the_body(string path)
    {
        var account = ApiServer.NewAccountName();
        using var client = await server.CreateClientAsync(account: account);
        var (_, key) = await server.CreateKeyAsync(account: account);
        var address = path
            .Replace("{id}", await client.CreateIdAsync("B-1"), StringComparison.Ordinal)
            .Replace("{deleted}", await client.CreateDeletedIdAsync("B-2"), StringComparison.Ordinal);

        var get = await RawHttp.SendAsync(server.Address, $"GET {address}", $"Authorization: Bearer {key}");
        var head = await RawHttp.SendAsync(server.Address, $"HEAD {address}", $"Authorization: Bearer {key}");

        // HEAD need not say whether the body would be chunked, because that concerns the connection (RFC 9112, section 6.1).
        static IEnumerable<string> Headers(string head) =>
            head.Split("\r\n")
                .Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal) && line != "Transfer-Encoding: chunked").Order();
        Assert.Equal(Headers(get.Head), Headers(head.Head));
        Assert.NotEmpty(get.Body);
        Assert.Empty(head.Body);
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/api/v2/batch")]
    [InlineData("GET", "/api/v1/batches")]
    [InlineData("GET", Http.Batches + "/a/b")]
    [InlineData("POST", Http.Batches + "/a/restore")]
    [InlineData("DELETE", Http.Deleted + "/a/b/c")]
    [InlineData("PUT", Http.Batches + "/%2F/x")]
    [InlineData("GET", "/%F0%9F%98%80")]
    [InlineData("FOO", "/nowhere")]
    [InlineData("OPTIONS", "/nowhere")]
    public async Task An_unknown_route_is_404_with_and_without_a_credential(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        using var stranger = server.CreateAnonymousClient();
        using var forger = server.CreateAnonymousClient();
        forger.DefaultRequestHeaders.Authorization = new("Bearer", "icr_wrong");
        foreach (var caller in (HttpClient[])[client, stranger, forger])
            await caller.SendAsync(method, path).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Theory]
    [InlineData("/API/V2/Batches")]
    [InlineData(Http.Batches + "/")]
    public async Task An_address_is_case_insensitive_and_may_end_with_a_slash(string path)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync();
        Assert.Single(await client.ListAsync(path));
    }

    [Theory]
    [MemberData(nameof(TestRoutes.All), MemberType = typeof(TestRoutes))]
    public async Task Every_response_forbids_content_type_sniffing(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        using var response = await client.SendToAsync(method, path);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
    }
}
