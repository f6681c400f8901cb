using System.Net;
using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests;

/// <summary>The contents of the log.</summary>
public sealed class LogTests(ApiServer given) : IDisposable
{
    /// <summary>A text in queries, headers and bodies that must not be logged.</summary>
    private const string Marker = "Geheimnis";

    private readonly CapturedLog _log = new();

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("Information", "Information")]

    // The most verbose levels of this server and of everything except ASP.NET Core.
    [InlineData("Information", "Trace")]
    [InlineData("Trace", "Trace")]
    public async Task The_log_has_no_secrets_queries_headers_or_bodies_at_any_level(string others, string ours)
    {
        await using var server = await StartAsync(("Logging:LogLevel:Default", others), ("Logging:LogLevel:BatchesApi", ours));
        using var stranger = new HttpClient { BaseAddress = server.Address };
        using var client = new HttpClient { BaseAddress = stranger.BaseAddress };
        var (key, token) = await CreateCredentialsAsync(server);
        var unknown = Secret.Create(Secret.KeyPrefix);
        var mistyped = key[..^1] + (key[^1] == 'A' ? 'B' : 'A');

        // Requests with all kinds of credentials.
        foreach (var secret in (string[])[unknown, mistyped, $"{Marker}-no-key", token, key])
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
            await SendAsync(client, "GET", Http.Batches);
            await SendAsync(client, "GET", "/api/v2/keys/me");
        }
        foreach (var (email, password) in ((string, string)[])
            [(Email, $"{Marker}-wrong"), ($"{Marker}@example.com", Password), (Email, Password)])
        {
            await SendAsync(stranger, "POST", "/api/v2/signin", $$"""{"email":"{{email}}","password":"{{password}}"}""");
        }
        await SendAsync(stranger, "POST", "/api/v2/signin", $"email={Email}&password={Password}", "application/x-www-form-urlencoded");
        await SendAsync(stranger, "POST", "/api/v2/signin", $$"""{"{{Marker}}":"{{Password}}","email":1}""");

        // Valid and invalid requests.
        var id = (await client.CreateAsync(Body("B-1"))).Id();
        foreach (var query in (string[])
            [$"q={Marker}", $"p={{\"notes\":\"{Marker}\"}}", $"fields=notes:eq:{Marker}", $"{Marker}=1", $"sortBy={Marker}",
                $"cursor={Marker}", $"limit={Marker}", $"p={{\"{Marker}\":1"])
        {
            await SendAsync(client, "GET", $"{Http.Batches}?{query}");
            await SendAsync(client, "GET", $"{Http.Deleted}?{query}");
            await SendAsync(client, "GET", $"{Http.Batches}/{id}?{query}");
            await SendAsync(client, "GET", $"/nowhere?{query}");
        }
        foreach (var body in (string[])[
            Body("B-2"), Body("B-2"), $"[{Body("B-3")},{Body("B-3")}]", $$"""{"{{Marker}}":1}""", $"{Marker}", $"{{\"notes\":\"{Marker}",
            $"batchCode={Marker}&rating={Marker}"])
        {
            foreach (var type in (string[])["application/json", "application/x-www-form-urlencoded", "text/plain"])
            {
                await SendAsync(client, "POST", Http.Batches, body, type);
                await SendAsync(client, "PATCH", $"{Http.Batches}/{id}", body, type);
                await SendAsync(client, "PUT", $"{Http.Batches}/{id}", body, type);
            }
        }
        await SendAsync(client, "DELETE", $"{Http.Deleted}/{id}?{Marker}=1");
        await SendAsync(client, "DELETE", $"{Http.Deleted}/{id}");
        await SendAsync(client, "POST", $"{Http.Deleted}/{id}/restore", Marker);

        // Database errors: a violated constraint, a statement timeout, a missing table.
        await server.ExecuteAsync("ALTER TABLE batches ADD CONSTRAINT unexpected CHECK (batch_code <> 'B-4')");
        await SendAsync(client, "POST", Http.Batches, Body("B-4"), expected: HttpStatusCode.InternalServerError);
        await using (await server.LockBatchesAsync())
        {
            await SendAsync(client, "GET", $"{Http.Batches}?q={Marker}", expected: HttpStatusCode.ServiceUnavailable);
            await SendAsync(client, "POST", Http.Batches, Body("B-5"), expected: HttpStatusCode.ServiceUnavailable);
        }
        await server.ExecuteAsync("ALTER TABLE batches RENAME TO away; ALTER TABLE users RENAME TO away_too");
        await SendAsync(client, "GET", $"{Http.Batches}?q={Marker}", expected: HttpStatusCode.ServiceUnavailable);
        await SendAsync(client, "POST", Http.Batches, Body("B-6"), expected: HttpStatusCode.ServiceUnavailable);
        await SendAsync(stranger, "POST", "/api/v2/signin", $$"""{"email":"{{Email}}","password":"{{Password}}"}""",
            expected: HttpStatusCode.ServiceUnavailable);

        await server.StopAsync();
        Assert.True(_log.Lines.Count > 100, "The log was not captured.");
        Assert.Contains(_log.Lines, line => line.StartsWith("Error BatchesApi.", StringComparison.Ordinal));
        foreach (var secret in (string[])[Marker, Email, Password, key[4..], token[5..], unknown[4..], mistyped[4..], "\"batchCode\""])
            Assert.DoesNotContain(secret, string.Join('\n', _log.Lines), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_log_has_a_line_for_each_request_with_the_trace_id_of_its_problem()
    {
        await using var server = await StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        var (key, _) = await CreateCredentialsAsync(server);

        var refused = await client.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        await client.GetJsonAsync($"{Http.Batches}?limit=1");
        await server.ExecuteAsync("ALTER TABLE batches ADD CONSTRAINT unexpected CHECK (batch_code <> 'B-1')");
        var failed = await client.SendAsync("POST", Http.Batches, Http.Batch())
            .ProblemAsync(HttpStatusCode.InternalServerError, "internal_error");

        var lines = await RequestLinesAsync(3);
        Assert.Matches($@"^Information .*: GET {Http.Batches} → 401 in [0-9.]+ ms, trace {refused["traceId"]} ", lines[0]);
        Assert.Matches($@"^Information .*: GET {Http.Batches} → 200 in [0-9.]+ ms, trace [0-9a-f]{{32}} ", lines[1]);
        Assert.Matches($@"^Information .*: POST {Http.Batches} → 500 in [0-9.]+ ms, trace {failed["traceId"]} ", lines[2]);
        Assert.Contains(
            _log.Lines,
            line => line.StartsWith("Error ", StringComparison.Ordinal) && line.Contains($"{failed["traceId"]}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/x%0Ainfo:%20all%20is%20well")]
    [InlineData("/x%0D%0Ainfo:%20all%20is%20well")]
    [InlineData("/x%1B%5B2J")]
    [InlineData("/x%C2%85y")]
    [InlineData("/x%E2%80%A8y")]
    public async Task A_path_cannot_inject_lines_into_the_log(string path)
    {
        await using var server = await StartAsync();
        await RawHttp.SendAsync(server.Address, $"GET {path}");
        var line = Assert.Single(await RequestLinesAsync(1));
        Assert.DoesNotContain(line, character => char.IsControl(character) || character is '\u2028' or '\u2029');
        Assert.Contains($"GET {path} → 404", line, StringComparison.OrdinalIgnoreCase);
    }

    private static string Email => "amy.geheim@example.com";

    private static string Password => "correct horse battery staple";

    private async Task<SeparateServer> StartAsync(params (string, string)[] settings)
    {
        var server = await SeparateServer.StartAsync(
            given, "Command Timeout=1", [("Lists:TimeoutSeconds", "1"), ("Logging:Console:LogLevel:Default", "None"), .. settings]);
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
        return server;
    }

    private static async Task<(string Key, string Token)> CreateCredentialsAsync(SeparateServer server)
    {
        await using var services = server.Services.CreateAsyncScope();
        var keys = services.ServiceProvider.GetRequiredService<ApiKeyStore>();
        var users = services.ServiceProvider.GetRequiredService<UserStore>();
        var account = (await services.ServiceProvider.GetRequiredService<AccountStore>().CreateAsync("acme", default))!;
        var request = new NewApiKey("test", Scope.Write, $$"""{"summary":{"$ne":"{{Marker}} 2"} }""");
        var (_, key) = (await keys.CreateAsync(account.Id, request, ApiServer.Operator, default)).Value;
        await users.CreateAsync(account.Id, new NewUser(Email, Password, Scope.Write), ApiServer.Operator, default);
        return (key, (await users.SignInAsync(Email, Password, default))!);
    }

    private static string Body(string code) => Http.Batch(
        code,
        string.Join(',', ((string[])["manager", "assignee", "summary", "notes"])
            .Select(name => $"\"{name}\":{JsonSerializer.Serialize(Marker)}")));

    private static async Task SendAsync(
        HttpClient client, string method, string address, string? body = null, string type = "application/json",
        HttpStatusCode? expected = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        foreach (var name in (string[])[
            "Idempotency-Key", "If-None-Match", "Prefer", "User-Agent", "Referer", "Cookie", "X-Forwarded-For", "X-Request-Id",
            "traceparent"])
        {
            request.Headers.TryAddWithoutValidation(name, name == "Idempotency-Key" ? $"{Marker}{Guid.NewGuid()}" : Marker);
        }
        if (body is not null)
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, type);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        if (expected is not null)
            Assert.Equal(expected, response.StatusCode);
    }

    /// <summary>The lines of a number of requests. A response may arrive before its line is written.</summary>
    private async Task<List<string>> RequestLinesAsync(int count)
    {
        for (var tries = 0; ; tries++)
        {
            var lines = _log.Lines.Where(line => line.Contains(".RequestLog: ", StringComparison.Ordinal)).ToList();
            if (lines.Count >= count)
                return lines;
            Assert.True(tries < 500, $"There are {lines.Count} lines about requests instead of {count}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
