using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>Methods and addresses: 405, HEAD, OPTIONS and unknown routes (specification, sections 2 and 5).</summary>
public sealed class MethodTests(ApiServer server)
{
    public static TheoryData<string, string, string> Others => new()
    {
        { Http.Batches, "GET, HEAD, OPTIONS, POST", "PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Batches}/{TestRoutes.UnknownId}", "GET, HEAD, OPTIONS, PATCH, PUT", "POST DELETE TRACE FOO" },
        { $"{Http.Batches}/{TestRoutes.UnknownId}/history", "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE TRACE FOO" },
        { Http.Search, "OPTIONS, POST", "GET HEAD PUT PATCH DELETE TRACE FOO" },
        { Http.Groups, "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Batches}/bulk/create", "OPTIONS, POST", "GET HEAD PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Batches}/bulk/{TestRoutes.UnknownId}/undo", "OPTIONS, POST", "GET HEAD PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Batches}/claim", "OPTIONS, POST", "GET HEAD PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Batches}/{TestRoutes.UnknownId}/lease", "DELETE, OPTIONS, POST", "GET HEAD PUT PATCH TRACE FOO" },
        { Http.Deleted, "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE TRACE FOO" },
        { $"{Http.Deleted}/{TestRoutes.UnknownId}", "DELETE, GET, HEAD, OPTIONS", "POST PUT PATCH TRACE FOO" },
        { $"{Http.Deleted}/{TestRoutes.UnknownId}/restore", "OPTIONS, POST", "GET HEAD PUT PATCH DELETE TRACE FOO" },
        { "/api/v2/signin", "OPTIONS, POST", "GET HEAD PUT DELETE" },
        { "/api/v2/authenticator/signin", "OPTIONS, POST", "GET HEAD PUT DELETE" },
        { "/api/v2/signout", "OPTIONS, POST", "GET HEAD PUT DELETE" },
        { "/api/v2/keys/me", "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE" },
        { "/api/v2/keys", "GET, HEAD, OPTIONS, POST", "PUT PATCH DELETE" },
        { $"/api/v2/keys/{TestRoutes.UnknownId}", "DELETE, GET, HEAD, OPTIONS, PATCH", "POST PUT" },
        { $"/api/v2/users/{TestRoutes.UnknownId}", "GET, HEAD, OPTIONS, PATCH", "POST PUT DELETE" },
        { "/api/v2/users/me/password", "OPTIONS, POST", "GET PUT PATCH DELETE" },
        { "/swagger/v2/swagger.json", "GET, HEAD, OPTIONS", "POST DELETE" },
        { "/swagger/index.html", "GET, HEAD, OPTIONS", "POST DELETE" },
        { "/health/live", "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE" },
        { "/health/ready", "GET, HEAD, OPTIONS", "POST PUT PATCH DELETE" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task An_unsupported_method_is_405_and_OPTIONS_204_with_the_allowed_methods(string path, string allowed, string methods)
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
            foreach (var body in (string?[])[null, Http.Batch()])
            {
                using var options = await client.SendAsync("OPTIONS", path, body);
                await Task.FromResult(options).EmptyAsync();
                Assert.Equal(allowed, string.Join(", ", options.Content.Headers.Allow.Order(StringComparer.Ordinal)));
            }
        }
    }

    [Fact]
    public async Task OPTIONS_of_the_whole_server_lists_all_methods()
    {
        var (head, body) = await RawHttp.SendAsync(server.Address, "OPTIONS *");
        Assert.StartsWith("HTTP/1.1 204 ", head, StringComparison.Ordinal);
        Assert.Contains("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    /// <summary>As an unsupported method, OPTIONS counts for the network address.</summary>
    [Fact]
    public async Task OPTIONS_counts_towards_the_limit_of_the_network_address()
    {
        await using var app = await ApiServer.StartAsync(
            server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Standard:PerMinute", "2"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        for (var i = 0; i < 2; i++)
            await client.SendAsync("OPTIONS", Http.Batches).EmptyAsync();
        await client.SendAsync("OPTIONS", Http.Batches).ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Theory]
    [InlineData("POST", Http.Batches + "/{id}", "PATCH /api/v2/batches/{id}")]
    [InlineData("PUT", Http.Batches, "PUT /api/v2/batches/{id}")]
    [InlineData("PATCH", Http.Batches + "/", "PATCH /api/v2/batches/{id}")]
    [InlineData("PATCH", Http.Deleted + "/{id}", "POST /api/v2/batches/deleted/{id}/restore")]
    [InlineData("GET", Http.Search, "POST /api/v2/batches/search")]
    [InlineData("POST", Http.Deleted, "DELETE /api/v2/batches/deleted/{id}")]
    [InlineData("GET", Http.Deleted + "/{id}/restore", "POST /api/v2/batches/deleted/{id}/restore")]
    [InlineData("GET", "/api/v2/signin", "POST /api/v2/signin")]
    [InlineData("TRACE", Http.Batches, "TRACE is not allowed here. Allowed methods: GET, HEAD, POST, OPTIONS.")]
    public async Task A_405_says_what_to_send_instead(string method, string path, string hint)
    {
        using var client = server.CreateAnonymousClient();
        var problem = await client.SendAsync(method, path.Replace("{id}", TestRoutes.UnknownId, StringComparison.Ordinal))
            .ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Contains(hint, (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/batches", "/api/v2/batches")]
    [InlineData("GET", "/api/v1/batches", "/api/v2/batches")]
    [InlineData("GET", "//api/v2/batches", "/api/v2/batches")]
    [InlineData("GET", "/api/v2//batches", "/api/v2/batches")]
    [InlineData("GET", "/api/v2/batches&limit=1", "/api/v2/batches?limit=20")]
    [InlineData("GET", "/api/v2/batches%3Flimit=1", "/api/v2/batches?limit=20")]
    [InlineData("POST", "/api/v2/batches/a/restore", "POST /api/v2/batches/deleted/{id}/restore")]
    [InlineData("POST", "/api/v2/batches/a/deleted", "DELETE /api/v2/batches/deleted/{id}")]
    [InlineData("POST", "/login", "POST /api/v2/signin")]
    [InlineData("POST", "/api/v2/authenticator/signout", "POST /api/v2/signout")]
    [InlineData("GET", "/v3/api-docs", "/swagger/v2/swagger.json")]
    [InlineData("GET", "/docs/errors.md", "/docs/errors.")]
    public async Task A_404_of_a_route_says_which_route_may_be_meant(string method, string path, string hint)
    {
        var (head, body) = await RawHttp.SendAsync(server.Address, $"{method} {path}");
        Assert.StartsWith("HTTP/1.1 404 ", head, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"route_not_found\"", body, StringComparison.Ordinal);
        Assert.Matches($"\"detail\":\"There is nothing at [^\"]+ [^\"]*{System.Text.RegularExpressions.Regex.Escape(hint)}", body);
    }

    [Fact]
    public async Task The_404_of_a_batch_is_the_same_for_every_id()
    {
        using var client = await server.CreateClientAsync();
        var details = new HashSet<string>();
        foreach (var id in (string[])
            [TestRoutes.UnknownId, $"{TestRoutes.UnknownId}/", "restore", "a&limit=1", "a%3Flimit=1", "BATCHES", "1"])
        {
            var problem = await client.SendAsync("GET", $"{Http.Batches}/{id}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            details.Add((string)problem["detail"]!);
        }
        Assert.Single(details);
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
    [InlineData(Http.Groups + "?by=assignee")]
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

        // The header Request-Id is the trace id.
        string[] headers = [$"Authorization: Bearer {key}", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"];
        var get = await RawHttp.SendAsync(server.Address, $"GET {address}", headers);
        var head = await RawHttp.SendAsync(server.Address, $"HEAD {address}", headers);

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
        using var forger = server.CreateClient("icr_wrong");
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
