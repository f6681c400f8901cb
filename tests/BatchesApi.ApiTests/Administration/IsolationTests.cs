using System.Diagnostics;
using System.Net;
using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Administration;

/// <summary>Administration of one account does not keep others from signing in, nor from changing their keys and users (specification,
/// section 6.6).</summary>
public sealed class IsolationTests(ApiServer given)
{
    private const string Email = "amy@example.com";

    [Theory]
    [InlineData("access_changes", "/api/v2/history?kind=access")]
    [InlineData("access_changes", "/api/v2/history?kind=access&action=revoke")]
    [InlineData("api_keys", TestRoutes.Keys)]
    [InlineData("users", TestRoutes.Users)]
    public async Task Lists_that_take_too_long_are_canceled(string table, string list)
    {
        // The timeout of other statements does not apply to lists.
        await using var server = await SeparateServer.StartAsync(given, "Command Timeout=1", ("Lists:TimeoutSeconds", "2"));
        using var admin = await CreateAdminAsync(server, "acme");
        await admin.ListAsync(list);
        await using (await server.BeginAsync($"LOCK {table}"))
            await admin.SendAsync("GET", list).ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
        await admin.ListAsync(list);
    }

    [Fact]
    public async Task Histories_of_keys_and_users_count_as_lists_and_do_not_delay_sign_ins()
    {
        await using var server = await SeparateServer.StartAsync(given, "", ("Lists:PerAccount", "6"), ("Lists:WaitSeconds", "1"));
        using var admin = await CreateAdminAsync(server, "acme");
        await CreateUserAsync(server, "other");
        await using var busy = await server.BeginAsync("LOCK access_changes");
        var responses = Enumerable.Range(0, 7).Select(_ => admin.SendAsync("GET", "/api/v2/history?kind=access")).ToList();
        var time = Stopwatch.StartNew();
        using var anonymous = new HttpClient { BaseAddress = server.Address };
        await SignInAsync(anonymous).JsonAsync();
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        var statuses = (await Task.WhenAll(responses)).Select(response => response.StatusCode).CountBy(status => status).ToDictionary();
        Assert.Equal(
            new Dictionary<HttpStatusCode, int> { [HttpStatusCode.ServiceUnavailable] = 6, [HttpStatusCode.TooManyRequests] = 1 },
            statuses);
    }

    [Fact]
    public async Task Changes_of_an_account_that_wait_do_not_delay_those_of_others()
    {
        await using var server = await SeparateServer.StartAsync(given);
        using var admin = await CreateAdminAsync(server, "acme");
        await CreateUserAsync(server, "other");
        var id = (await admin.SendAsync("POST", TestRoutes.Keys, """{"name":"a"}""").JsonAsync(HttpStatusCode.Created)).Id();
        await using var busy = await server.BeginAsync($"SELECT FROM api_keys WHERE id = '{id}' FOR UPDATE");
        var changes = Enumerable.Range(0, 6)
            .Select(_ => admin.SendAsync("PATCH", $"{TestRoutes.Keys}/{id}", """{"name":"b"}""")).ToList();
        using var first = await await Task.WhenAny(changes);
        var problem = await first.ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
        Assert.Contains("sign-ins and changes of keys and users", (string)problem["detail"]!, StringComparison.Ordinal);

        using var anonymous = new HttpClient { BaseAddress = server.Address };
        var time = Stopwatch.StartNew();
        await SignInAsync(anonymous).JsonAsync();
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await Task.WhenAll(changes);
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient client) =>
        client.SendAsync("POST", "/api/v2/signin", $$"""{"email":"{{Email}}","password":"{{ApiServer.Password}}"}""");

    private static async Task<HttpClient> CreateAdminAsync(SeparateServer server, string account)
    {
        var (id, _) = await server.CreateAccountAsync(account);
        await using var scope = server.Services.CreateAsyncScope();
        var (_, secret) = (await scope.ServiceProvider.GetRequiredService<ApiKeyStore>().CreateAsync(
            id, new NewApiKey("boss", Scope.Admin), ApiServer.Operator, TestContext.Current.CancellationToken)).Value;
        return server.CreateClient(secret);
    }

    private static async Task CreateUserAsync(SeparateServer server, string account)
    {
        var (id, _) = await server.CreateAccountAsync(account);
        await using var scope = server.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<UserStore>().CreateAsync(
            id, new NewUser(Email, ApiServer.Password, Scope.Write), ApiServer.Operator, TestContext.Current.CancellationToken);
    }
}
