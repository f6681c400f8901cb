using System.Diagnostics;
using System.Net;
using BatchesApi.Access;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Access;

/// <summary>Authentication and scopes (specification, section 6).</summary>
public sealed class AccessTests(ApiServer server)
{
    private const string Challenge = "Bearer realm=\"batches\"";

    [Theory]
    [MemberData(nameof(TestRoutes.All), MemberType = typeof(TestRoutes))]
    public async Task Without_a_credential_every_route_is_401(string method, string path)
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendToAsync(method, path);
        await response.ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(Challenge, response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Token {key}")]
    [InlineData("Bearer,{key}")]
    [InlineData("{key}")]
    public async Task An_unsupported_scheme_or_a_missing_token_counts_as_no_credential(string header) =>
        await AssertRefusedAsync(await FillAsync(header), "unauthenticated");

    [Theory]
    [InlineData("Bearer garbage")]
    [InlineData("Bearer icr_")]
    [InlineData("Bearer \u00E9")]
    [InlineData("Bearer x{key}")]
    [InlineData("Bearer {key}x")]
    [InlineData("Bearer {key} {key}")]
    [InlineData("Bearer Bearer {key}")]
    [InlineData("Bearer \"{key}\"")]
    [InlineData("Bearer <{key}>")]
    [InlineData("Bearer {KEY}")]
    [InlineData("Bearer {mistyped}")]
    [InlineData("Bearer {unknown}")]
    [InlineData("Bearer {expired}")]
    public async Task An_invalid_token_is_rejected_as_in_RFC_6750(string header) =>
        await AssertRefusedAsync(await FillAsync(header), "invalid_token");

    [Fact]
    public async Task An_unknown_an_expired_and_a_revoked_key_get_the_same_response()
    {
        var (id, revoked) = await server.CreateKeyAsync();
        await using (var services = server.Services.CreateAsyncScope())
        {
            await services.ServiceProvider.GetRequiredService<ApiKeyStore>().RevokeAsync(
                id, ApiServer.Operator, TestContext.Current.CancellationToken);
        }

        var responses = new HashSet<string>();
        foreach (var header in (string[])["Bearer {unknown}", "Bearer {expired}", $"Bearer {revoked}"])
        {
            using var client = server.CreateAnonymousClient();
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", await FillAsync(header));
            using var response = await client.SendAsync("GET", Http.Batches);
            var problem = await response.ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
            problem.Remove("traceId");
            responses.Add($"{problem.ToJsonString()} {response.Headers.WwwAuthenticate}");
        }
        Assert.Single(responses);
    }

    [Theory]
    [InlineData("X-Api-Key: {key}", "")]
    [InlineData("Accept: */*", "?api_key={key}")]
    [InlineData("Cookie: token={key}", "?access_token={key}")]
    public async Task A_key_in_another_place_is_401_and_not_repeated(string header, string query)
    {
        var (_, key) = await server.CreateKeyAsync();
        var (head, body) = await RawHttp.SendAsync(
            server.Address, $"GET {Http.Batches}{query.Replace("{key}", key)}", header.Replace("{key}", key));
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Contains("Send 'Authorization: Bearer <key>'.", body, StringComparison.Ordinal);
        Assert.DoesNotContain(key, head + body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer {key}")]
    [InlineData("bearer {key}")]
    [InlineData("BEARER   {key}  ")]
    public async Task The_authentication_scheme_is_case_insensitive(string header)
    {
        var (head, _) = await RawHttp.SendAsync(server.Address, $"GET {Http.Batches}", $"Authorization: {await FillAsync(header)}");
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_Authorization_headers_are_rejected()
    {
        var header = await FillAsync("Authorization: Bearer {key}");
        var (head, body) = await RawHttp.SendAsync(server.Address, $"GET {Http.Batches}", header, header);
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"unauthenticated\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TestRoutes.Writing), MemberType = typeof(TestRoutes))]
    public async Task A_read_key_cannot_write(string method, string path)
    {
        var account = ApiServer.NewAccountName();
        using var writer = await server.CreateClientAsync(account: account);
        using var reader = await server.CreateClientAsync("read", account);
        var batch = await writer.CreateAsync(Http.Batch());

        using var response = await reader.SendToAsync(method, path, batch.Id());
        var problem = await response.ProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");

        Assert.Equal(
            "This credential has the scope 'read'; this operation needs the scope 'write'.", (string?)problem["detail"]);
        Assert.Equal($"{Challenge}, error=\"insufficient_scope\", scope=\"write\"", response.Headers.WwwAuthenticate.ToString());
        Http.AssertSame(batch, Assert.Single(await writer.ListAsync(Http.Batches)));
    }

    [Theory]
    [MemberData(nameof(TestRoutes.Reading), MemberType = typeof(TestRoutes))]
    public async Task A_read_key_can_read(string method, string path)
    {
        var account = ApiServer.NewAccountName();
        using var writer = await server.CreateClientAsync(account: account);
        using var reader = await server.CreateClientAsync("read", account);
        var id = path.StartsWith(Http.Deleted, StringComparison.Ordinal)
            ? await writer.CreateDeletedIdAsync()
            : await writer.CreateIdAsync();
        await reader.SendToAsync(method, path, id).JsonAsync();
    }

    [Fact]
    public async Task An_account_can_have_several_active_keys()
    {
        var account = ApiServer.NewAccountName();
        using var one = await server.CreateClientAsync(account: account);
        using var other = await server.CreateClientAsync(account: account);
        Assert.Equal(await one.CreateIdAsync(), Assert.Single(await other.ListAsync(Http.Batches))!.Id());
    }

    [Fact]
    public async Task A_cached_key_is_rejected_as_soon_as_it_expires()
    {
        var (_, secret) = await server.CreateKeyAsync(expiresIn: TimeSpan.FromSeconds(3));
        Assert.Equal(200, await StatusAsync(secret));
        await Task.Delay(TimeSpan.FromSeconds(3.2), TestContext.Current.CancellationToken);
        Assert.Equal(401, await StatusAsync(secret));
    }

    [Fact]
    public async Task A_revoked_key_is_rejected_after_the_cache_duration_at_the_latest()
    {
        var (id, secret) = await server.CreateKeyAsync();
        Assert.Equal(200, await StatusAsync(secret));
        await using (var services = server.Services.CreateAsyncScope())
        {
            Assert.True(
                await services.ServiceProvider.GetRequiredService<ApiKeyStore>().RevokeAsync(
                    id, ApiServer.Operator, TestContext.Current.CancellationToken));
        }

        var time = Stopwatch.StartNew();
        while (await StatusAsync(secret) == 200)
        {
            Assert.InRange(time.Elapsed, TimeSpan.Zero, BatchesApi.Access.CredentialCache.CacheDuration + TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(250), TestContext.Current.CancellationToken);
        }
        await AssertRefusedAsync($"Bearer {secret}", "invalid_token");
    }

    private async Task AssertRefusedAsync(string header, string code)
    {
        var (head, body) = await RawHttp.SendAsync(server.Address, $"GET {Http.Batches}", $"Authorization: {header}");
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", body, StringComparison.Ordinal);
        var error = code == "invalid_token" ? ", error=\"invalid_token\"" : "\r\n";
        Assert.Contains($"WWW-Authenticate: {Challenge}{error}", head + "\r\n", StringComparison.Ordinal);
        foreach (var token in header.Split(' ', '"', '<', '>').Where(part => part.Length > 8))
            Assert.DoesNotContain(token, head + body, StringComparison.Ordinal);
    }

    private async Task<string> FillAsync(string header)
    {
        var (_, key) = await server.CreateKeyAsync();
        var (_, expired) = await server.CreateKeyAsync(expiresIn: TimeSpan.FromSeconds(-1));
        var mistyped = key[..20] + (key[20] == 'A' ? 'B' : 'A') + key[21..];
        return header
            .Replace("{key}", key, StringComparison.Ordinal)
            .Replace("{KEY}", key.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{mistyped}", mistyped, StringComparison.Ordinal)
            .Replace("{unknown}", Secret.Create(Secret.KeyPrefix), StringComparison.Ordinal)
            .Replace("{expired}", expired, StringComparison.Ordinal);
    }

    private async Task<int> StatusAsync(string secret)
    {
        using var client = server.CreateClient(secret);
        using var response = await client.SendAsync("GET", Http.Batches);
        return (int)response.StatusCode;
    }
}
