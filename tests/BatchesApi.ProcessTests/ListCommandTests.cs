using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The verbs that list something.</summary>
public sealed class ListCommandTests(Databases databases)
{
    [Fact]
    public async Task Every_list_is_JSON_where_that_is_asked_for_and_a_line_each_otherwise()
    {
        var database = await databases.CreateAsync();
        await BatchesProcess.RunAsync(database, "migrate");
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, "accounts", "list", "--json"));
        Assert.Equal((0, ""), await CommandLine.ResultAsync(database, "accounts", "list"));
        await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme & söhne");
        string[] ofAccount = ["--account", "acme & söhne"];
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, ["keys", "list", "--json", .. ofAccount]));
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, ["users", "list", "--json", .. ofAccount]));
        await BatchesProcess.RunAsync(database, ["keys", "create", "--name", "amy", "--policy", "{\n\t\"assignee\": \"ämy\" }", .. ofAccount]);
        await BatchesProcess.RunWithInputAsync(database, "correct horse\n", ["users", "create", "--email", "Amy@Example.com", "--scope", "read", .. ofAccount]);
        Assert.Equal((0, "amy@example.com"), await CommandLine.ResultAsync(database, "users", "disable", "amy@example.com"));

        foreach (var (list, members) in ((string[], string[])[])
            [
                (["accounts", "list"], ["name", "createdAt"]),
                (["keys", "list", .. ofAccount], ["id", "prefix", "name", "scope", "policy", "createdAt", "expiresAt", "revokedAt", "lastUsedAt"]),
                (["users", "list", .. ofAccount], ["email", "scope", "createdAt", "disabledAt"]),
            ])
        {
            var (exitCode, json, errors) = await BatchesProcess.RunAsync(database, [.. list, "--json"]);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Equal(members, Assert.Single(JsonNode.Parse(json)!.AsArray())!.AsObject().Select(member => member.Key));
            (exitCode, var lines, errors) = await BatchesProcess.RunAsync(database, list);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Equal(members.Length, Assert.Single(lines.Split('\n')).Split('\t').Length);
        }

        var key = JsonNode.Parse((await CommandLine.ResultAsync(database, ["keys", "list", "--json", .. ofAccount])).Output)![0]!;
        Assert.Equal("""{"assignee":"\u00E4my"}""", key["policy"]!.ToJsonString());
        Assert.EndsWith("\t{\"assignee\":\"ämy\"}", (await CommandLine.ResultAsync(database, ["keys", "list", .. ofAccount])).Output, StringComparison.Ordinal);
    }
}
