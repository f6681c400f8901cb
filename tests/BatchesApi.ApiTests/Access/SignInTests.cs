using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using BatchesApi.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Access;

/// <summary>Sign-in and sign-out (specification, section 6). Each test has a separate server, because failures are counted by network
/// address.</summary>
public sealed class SignInTests(ApiServer server) : IAsyncLifetime
{
    private const string SignIn = "/api/v2/signin";
    private const string Password = "correct horse battery staple";

    private readonly string _email = $"{Guid.NewGuid():N}@example.com";
    private readonly string _account = ApiServer.NewAccountName();
    private WebApplication? _own;
    private HttpClient _client = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await server.CreateUserAsync(_email, Password, account: _account);
        _own = await ApiServer.StartAsync(server.ConnectionString, ("Proxies:Trusted", "127.0.0.1"));
        _client = new HttpClient { BaseAddress = new Uri(_own.Urls.First()) };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _own!.DisposeAsync();
    }

    [Theory]
    [InlineData("application/json", """{"email":"{email}","password":"{password}"}""")]
    [InlineData("application/json", """{"email":" {EMAIL} ","password":"{password}"}""")]
    [InlineData(null, """{"email":"{email}","password":"{password}"}""")]
    [InlineData("application/x-www-form-urlencoded", "email={email}&password={password}")]
    [InlineData("application/x-www-form-urlencoded", "email=\"{email}\"&password=\"{password}\"")]
    [InlineData("application/json", "email=\"{email}\"&password=\"{password}\"")]
    [InlineData(null, "email={email}&password={password}")]
    public async Task A_sign_in_returns_a_token_that_is_valid_for_a_day_or_until_sign_out(string? type, string body)
    {
        using var response = await _client.SendAsync(
            "POST", SignIn, body.Replace("{email}", _email).Replace("{EMAIL}", _email.ToUpperInvariant()).Replace("{password}", Password),
            type);
        var token = await response.JsonAsync();
        Assert.Equal(["accessToken", "tokenType", "expiresIn"], token.Select(member => member.Key));
        Assert.Equal(("Bearer", 86_400), ((string?)token["tokenType"], (int?)token["expiresIn"]));
        Assert.Contains("no-store", response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)token["accessToken"]!);
        await _client.CreateIdAsync();
        using var colleague = await server.CreateClientAsync(account: _account);
        Assert.Single(await colleague.ListAsync(Http.Batches));

        await _client.SendAsync("POST", "/api/v2/signout").EmptyAsync();
        await _client.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Theory]
    [InlineData("/api/v2/authenticator/signin")]
    [InlineData("/api/v2/authenticator/signin2")]
    public async Task The_aliases_of_the_sign_in_are_the_same_operation(string alias)
    {
        var body = $$"""{"email":"{{_email}}","password":"{{Password}}"}""";
        var token = await _client.SendAsync("POST", alias, body).JsonAsync();
        Assert.Equal(["accessToken", "tokenType", "expiresIn"], token.Select(member => member.Key));
        await _client.SendAsync("POST", alias, $"email={_email}&password={Password}", "application/x-www-form-urlencoded").JsonAsync();
        await _client.SendAsync("POST", alias, "{}").ProblemAsync(HttpStatusCode.BadRequest, "invalid_body");
        await _client.SendAsync("POST", $"{alias}?x=1", body).ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");

        // Failures count together.
        for (var i = 0; i < 10; i++)
        {
            await _client.SendAsync("POST", i % 2 == 0 ? alias : SignIn, $$"""{"email":"{{_email}}","password":"wrong"}""")
                .ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
        }
        foreach (var address in (string[])[alias, SignIn])
            await _client.SendAsync("POST", address, body).ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_user_and_a_disabled_user_get_the_same_response()
    {
        var (disabled, _) = await server.SignInAsync();
        await using (var services = server.Services.CreateAsyncScope())
        {
            await services.ServiceProvider.GetRequiredService<UserStore>().DisableAsync(
                disabled, ApiServer.Operator, TestContext.Current.CancellationToken);
        }

        var responses = new List<string>();
        foreach (var (email, password) in ((string, string)[])[(_email, "wrong"), ("nobody@example.com", Password), (disabled, Password)])
        {
            using var response = await TryAsync(email, password);
            var problem = await response.ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
            problem.Remove("traceId");
            responses.Add(problem.ToJsonString() + response.Headers.WwwAuthenticate);
        }
        Assert.Single(responses.Distinct());
    }

    [Theory]
    [InlineData("{}", "email: is required.", "password: is required.")]
    [InlineData("""{"email":"a@b.c","password":1}""", "password: must be a string.")]
    [InlineData("""{"email":"a@b.c","email":"a@b.c","password":"x"}""", "email: must not be given more than once.")]
    [InlineData("""{"emial":"a@b.c","password":"x"}""", "emial: is not a field of a sign-in. Did you mean 'email'?", "email: is required.")]
    [InlineData("""{"email":"a\u0000@b.c","password":"x"}""", "email: must not contain U+0000.")]
    public async Task All_errors_in_a_sign_in_body_are_reported(string body, params string[] errors) =>
        Assert.Equal(errors, await _client.SendAsync("POST", SignIn, body).ValidationErrorsAsync("invalid_body"));

    [Theory]
    [InlineData("[]", "malformed_body", HttpStatusCode.BadRequest, "application/json")]
    [InlineData("{", "malformed_body", HttpStatusCode.BadRequest, "application/json")]
    [InlineData("x", "unsupported_media_type", HttpStatusCode.UnsupportedMediaType, "text/plain")]
    public async Task A_body_that_is_not_a_sign_in_request_is_rejected(string body, string code, HttpStatusCode status, string type) =>
        await _client.SendAsync("POST", SignIn, body, type).ProblemAsync(status, code);

    [Fact]
    public async Task After_10_failures_from_one_address_the_user_can_sign_in_from_another_address_only()
    {
        for (var i = 0; i < 10; i++)
            await TryAsync(_email, "wrong").ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");

        // Rejected sign-ins neither count nor reveal whether the password is correct.
        foreach (var password in (string[])[Password, "wrong", Password])
        {
            using var refused = await TryAsync(_email, password);
            var problem = await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Contains("'sign-in' of 10 failed sign-ins", (string)problem["detail"]!, StringComparison.Ordinal);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        }
        await TryAsync(_email, Password, from: "203.0.113.7").JsonAsync();
        await TryAsync("other@example.com", "wrong").ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Fact]
    public async Task After_30_failures_from_an_address_it_is_rejected_with_every_email()
    {
        var statuses = await Enumerable.Range(0, 40).Select(i => TryAsync($"nobody{i}@example.com", "wrong")).StatusesAsync();
        Assert.Equal(new Dictionary<int, int> { [401] = 30, [429] = 10 }, statuses);

        var problem = await TryAsync(_email, Password).ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Contains("'sign-in-address' of 30 failed sign-ins", (string)problem["detail"]!, StringComparison.Ordinal);
        await TryAsync(_email, Password, from: "203.0.113.7").JsonAsync();
    }

    [Fact]
    public async Task Concurrent_failures_with_one_email_are_counted_exactly()
    {
        var statuses = await Enumerable.Range(0, 15).Select(_ => TryAsync(_email, "wrong")).StatusesAsync();
        Assert.Equal(new Dictionary<int, int> { [401] = 10, [429] = 5 }, statuses);
    }

    [Fact]
    public async Task Successful_sign_ins_do_not_count_against_the_limit()
    {
        for (var i = 0; i < 15; i++)
            await TryAsync(_email, Password).JsonAsync();
        await TryAsync(_email, "wrong").ProblemAsync(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(
            new Dictionary<int, int> { [200] = 20 }, await Enumerable.Range(0, 20).Select(_ => TryAsync(_email, Password)).StatusesAsync());
    }

    [Fact]
    public async Task Canceled_sign_ins_do_not_block_their_address()
    {
        for (var i = 0; i < 5; i++)
        {
            using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(5 * i));
            using var body = JsonContent.Create(new { email = "nobody@example.com", password = "wrong" });
            try
            {
                using var response = await _client.PostAsync(new Uri(SignIn, UriKind.Relative), body, impatience.Token);
            }
            catch (OperationCanceledException)
            {
                // The client has disconnected. Some requests finish earlier.
            }
        }
        await TryAsync(_email, Password, from: "127.0.0.1").JsonAsync();
    }

    [Fact]
    public async Task An_API_key_cannot_sign_out()
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", "/api/v2/signout").ProblemAsync(HttpStatusCode.Forbidden, "access_token_required");
        await client.GetJsonAsync(Http.Batches);
    }

    private Task<HttpResponseMessage> TryAsync(string email, string password, string from = "203.0.113.1") =>
        _client.SendAsync("POST", SignIn, $$"""{"email":"{{email}}","password":"{{password}}"}""", headers: ("X-Forwarded-For", from));
}
