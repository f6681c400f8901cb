using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Access;

/// <summary>Every route with every kind of credential. The routes come from the server's route table, so that none is missed.</summary>
public sealed partial class AccessMatrixTests(ApiServer server)
{
    private const string SignOut = "/api/v2/signout";
    private const string Password = "/api/v2/users/me/password";
    private const string Mine = """{"assignee":"mine"}""";

    private const string Permanent = "?permanent=true";

    /// <summary>The status for each kind of credential on a public route, on a route that requires a credential, and on those that require
    /// the scopes <c>write</c> and <c>admin</c>; 0 means any status except a rejection.</summary>
    private static readonly Dictionary<string, (int Open, int Read, int Write, int Admin)> Expected = new()
    {
        ["none"] = (0, 401, 401, 401),
        ["garbage"] = (0, 401, 401, 401),
        ["mistyped"] = (0, 401, 401, 401),
        ["unknown"] = (0, 401, 401, 401),
        ["expired"] = (0, 401, 401, 401),
        ["revoked"] = (0, 401, 401, 401),
        ["disabled user"] = (0, 401, 401, 401),
        ["signed out"] = (0, 401, 401, 401),
        ["read key"] = (0, 0, 403, 403),
        ["read user"] = (0, 0, 403, 403),
        ["write key"] = (0, 0, 0, 403),
        ["write user"] = (0, 0, 0, 403),
        ["admin key"] = (0, 0, 0, 0),
        ["admin user"] = (0, 0, 0, 0),
        ["policy key"] = (0, 0, 0, 403),
        ["policy user"] = (0, 0, 0, 403),
        ["other account's key"] = (0, 0, 0, 0),
    };

    public static TheoryData<string> Kinds => [.. Expected.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_route_admits_or_rejects_each_kind_of_credential_as_specified(string kind)
    {
        var account = ApiServer.NewAccountName();
        using var owner = await server.CreateClientAsync(account: account);
        using var client = server.CreateAnonymousClient();
        if (await SecretAsync(kind, account) is { } secret)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);

        // Sign-out comes last because it revokes the token. An API key cannot sign out.
        var routes = Table().OrderBy(route => route.Path == SignOut).ToList();
        Assert.True(routes.Count >= 12, "The table of routes was not found.");
        foreach (var (method, path, access) in routes)
        {
            // A batch in the state that the route requires; its version shows whether the request had an effect.
            var isDeleted = path.Contains("/deleted/", StringComparison.Ordinal) && (method != "DELETE" || access == "admin");
            var code = Guid.NewGuid().ToString();
            var id = isDeleted ? await owner.CreateDeletedIdAsync(code) : await owner.CreateIdAsync(code);
            using var response = await client.SendAsync(method, path.Replace("{id}", id, StringComparison.Ordinal), GetBody(method, path));

            var (open, read, write, admin) = Expected[kind];
            var expected = access switch { "open" => open, "read" => read, "write" => write, _ => admin };
            if (path is SignOut or Password && kind.EndsWith("key", StringComparison.Ordinal))
                expected = 403;

            // The history of a batch is closed to keys with a policy.
            if (kind.StartsWith("policy", StringComparison.Ordinal) && path.EndsWith("}/history", StringComparison.Ordinal))
                expected = 403;
            var status = (int)response.StatusCode;
            var message = $"{method} {path} returns {status} for {kind}";
            if (expected != 0)
                Assert.True(expected == status, message);
            else
                Assert.True(status is not (401 or 403 or >= 500), message);
            if (status == 401)
                Assert.StartsWith("Bearer realm=", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);

            // Callers without access to the batch learn and change nothing.
            if (path.Contains("{id}", StringComparison.Ordinal) && (kind is "policy key" or "policy user" or "other account's key"))
                Assert.True(status == (expected == 403 ? 403 : 404), message);
            if (expected is 401 or 403 || kind is "policy key" or "policy user" or "other account's key")
            {
                Assert.Equal(
                    1,
                    (int?)(await owner.GetJsonAsync($"{(isDeleted ? Http.Deleted : Http.Batches)}/{id}"))["version"] - (isDeleted ? 1 : 0));
            }
        }
    }

    /// <summary>The routes of the API: method, path, and the required scope or <c>open</c>. A parameter makes one of them require
    /// more.</summary>
    private List<(string Method, string Path, string Access)> Table() =>
    [
        ("DELETE", $"{Http.Deleted}/{{id}}{Permanent}", "admin"),
        ("GET", "/api/v2/history?kind=access", "admin"),
        .. from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let pattern = endpoint.RoutePattern.RawText!.TrimStart('/')
           let path = $"/{ConstrainedId().Replace(pattern, "{id}")}"
           where path.StartsWith("/api/", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
           let access = endpoint.Metadata.GetMetadata<RouteAccess>()!
           select (method, path, access.RequiredScope is { } scope ? scope.ToText() : "open"),
    ];

    [GeneratedRegex(@"\{id:\w+\}")]
    private static partial Regex ConstrainedId();

    private static string? GetBody(string method, string path) => (method, path) switch
    {
        ("POST", Http.Batches) => Http.Batch(Guid.NewGuid().ToString(), "\"assignee\":\"mine\""),
        ("PUT", _) => Http.Batch(Guid.NewGuid().ToString()),
        ("PATCH", "/api/v2/webhooks/{id}") => """{"active":true}""",
        ("PATCH", "/api/v2/keys/{id}") => """{"name":"other"}""",
        ("PATCH", "/api/v2/users/{id}") => """{"scope":"read"}""",
        ("POST", "/api/v2/keys") => """{"name":"new"}""",
        ("POST", "/api/v2/users") => $$"""{"email":"{{Guid.NewGuid():N}}@example.com","password":"correct horse"}""",
        ("POST", Password) => """{"currentPassword":"wrong","newPassword":"correct horse"}""",
        ("PATCH", _) => """{"rating":1}""",
        ("POST", Http.Batches + "/{id}/lease") => """{"token":"t"}""",
        ("POST", "/api/v2/signin") => "{}",
        _ => null,
    };

    private async Task<string?> SecretAsync(string kind, string account)
    {
        switch (kind)
        {
            case "none":
                return null;
            case "garbage":
                return "garbage";
            case "mistyped":
                var key = (await server.CreateKeyAsync()).Secret;
                return $"{key[..^1]}{(key[^1] == 'A' ? 'B' : 'A')}";
            case "unknown":
                return Secret.Create(Secret.KeyPrefix);
            case "expired":
                return (await server.CreateKeyAsync(account: account, expiresIn: TimeSpan.FromTicks(1))).Secret;
            case "revoked":
                var (id, revoked) = await server.CreateKeyAsync(account: account);
                await using (var services = server.Services.CreateAsyncScope())
                {
                    var keys = services.ServiceProvider.GetRequiredService<ApiKeyStore>();
                    Assert.True(await keys.RevokeAsync(id, ApiServer.Operator, default));
                }
                return revoked;
            case "disabled user":
                var (email, token) = await server.SignInAsync(account: account);
                await using (var services = server.Services.CreateAsyncScope())
                {
                    var users = services.ServiceProvider.GetRequiredService<UserStore>();
                    Assert.True(await users.DisableAsync(email, ApiServer.Operator, default));
                }
                return token;
            case "signed out":
                var (_, ended) = await server.SignInAsync(account: account);
                using (var client = server.CreateClient(ended))
                {
                    await client.SendAsync("POST", SignOut).EmptyAsync(HttpStatusCode.NoContent);
                }
                return ended;
            case "read user" or "write user" or "admin user":
                return (await server.SignInAsync(kind.Split(' ')[0], account)).Token;
            case "read key" or "write key" or "admin key":
                return (await server.CreateKeyAsync(kind.Split(' ')[0], account)).Secret;
            case "policy user":
                return (await server.SignInAsync(account: account, policy: Mine)).Token;
            case "policy key":
                return (await server.CreateKeyAsync(account: account, policy: Mine)).Secret;
            default:
                return (await server.CreateKeyAsync("admin")).Secret;
        }
    }
}
