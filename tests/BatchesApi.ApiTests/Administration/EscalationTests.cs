using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Administration;

/// <summary>No credential can make itself or another one stronger than itself: every kind of credential with every change of every kind
/// of credential.</summary>
public sealed class EscalationTests(ApiServer server)
{
    private const string Mine = """{"assignee":"mine"}""";

    private static readonly (string Scope, string? Policy, bool IsUser)[] Kinds =
    [
        ("read", null, false), ("read", null, true), ("read", Mine, false), ("read", Mine, true),
        ("write", null, false), ("write", null, true), ("write", Mine, false), ("write", Mine, true),
        ("admin", null, false), ("admin", null, true),
    ];

    private static readonly string[] Scopes = ["read", "write", "admin"];

    [Fact]
    public async Task No_change_of_a_credential_gives_more_than_its_author_has()
    {
        var (attempts, successes) = (0, 0);
        foreach (var actor in Kinds)
        {
            var account = ApiServer.NewAccountName();
            using var observer = await server.CreateClientAsync("admin", account);
            var targets = new List<string>();
            foreach (var kind in Kinds.Where(kind => kind.Scope != "admin"))
                targets.Add(await CreateAsync(kind, account));
            using var client = server.CreateClient(await CreateAsync(actor, account));
            var before = await DescribeAsync(observer);
            var keys = (await observer.ListAsync(TestRoutes.Keys)).Select(key => key!.Id());
            var users = (await observer.ListAsync(TestRoutes.Users)).Select(user => user!.Id());
            foreach (var (method, path, body) in Changes([.. keys], [.. users]))
            {
                attempts++;
                using var response = await client.SendAsync(method, path, body);
                if (!response.IsSuccessStatusCode)
                    continue;
                successes++;
                Assert.True(actor.Scope == "admin", $"{actor} may {method} {path} {body}");
            }

            // What others could do, they still can, and nothing else.
            if (actor.Scope != "admin")
                Assert.Equal(before, await DescribeAsync(observer));
            foreach (var target in targets.Where(_ => actor.Scope != "admin"))
            {
                using var other = server.CreateClient(target);
                await other.GetJsonAsync($"{TestRoutes.Keys}/me");
            }

            // Even the scope admin cannot be combined with a policy.
            foreach (var credential in (await observer.ListAsync(TestRoutes.Keys)).Concat(await observer.ListAsync(TestRoutes.Users)))
                Assert.True((string?)credential!["scope"] != "admin" || credential["policy"] is null, credential.ToJsonString());
        }
        Assert.InRange(attempts, 1_000, int.MaxValue);
        Assert.InRange(successes, 50, attempts / 2);
    }

    private static IEnumerable<(string Method, string Path, string? Body)> Changes(IReadOnlyList<string> keys, IReadOnlyList<string> users)
    {
        string?[] policies = [null, "null", Mine];
        foreach (var (scope, policy) in Scopes.SelectMany(scope => policies.Select(policy => (scope, policy))))
        {
            var members = $"\"scope\":\"{scope}\"" + (policy is null ? "" : $",\"policy\":{policy}");
            yield return ("POST", TestRoutes.Keys, $"{{\"name\":\"new\",{members}}}");
            var email = $"{Guid.NewGuid():N}@example.com";
            yield return ("POST", TestRoutes.Users, $"{{\"email\":\"{email}\",\"password\":\"correct horse\",{members}}}");
            foreach (var id in users)
                yield return ("PATCH", $"{TestRoutes.Users}/{id}", $"{{{members}}}");
            foreach (var id in keys)
                yield return ("PATCH", $"{TestRoutes.Keys}/{id}", $"{{{members}}}");
        }
        foreach (var id in users)
        {
            yield return ("PATCH", $"{TestRoutes.Users}/{id}", """{"password":"another password"}""");
            yield return ("PATCH", $"{TestRoutes.Users}/{id}", """{"disabled":false}""");
        }
        foreach (var id in keys)
        {
            yield return ("PATCH", $"{TestRoutes.Keys}/{id}", """{"name":"mine","expiresAt":null}""");
            yield return ("POST", $"{TestRoutes.Keys}/{id}/rotate", """{"overlap":"1h"}""");
        }
    }

    private static async Task<string> DescribeAsync(HttpClient observer)
    {
        JsonArray all = [await observer.GetJsonAsync(TestRoutes.Keys), await observer.GetJsonAsync(TestRoutes.Users)];
        foreach (var key in all[0]!["data"]!.AsArray())
            key!["lastUsedAt"] = null;
        return all.ToJsonString();
    }

    private async Task<string> CreateAsync((string Scope, string? Policy, bool IsUser) kind, string account) => kind.IsUser
        ? (await server.SignInAsync(kind.Scope, account, kind.Policy)).Token
        : (await server.CreateKeyAsync(kind.Scope, account, policy: kind.Policy)).Secret;
}
