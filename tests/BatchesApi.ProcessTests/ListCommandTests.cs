using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The commands that print lists.</summary>
public sealed class ListCommandTests(Databases databases)
{
    [Fact]
    public async Task Lists_are_JSON_with_the_option_json_and_one_line_per_item_without_it()
    {
        var database = await databases.CreateMigratedAsync();
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, "accounts", "list", "--json"));
        Assert.Equal((0, ""), await CommandLine.ResultAsync(database, "accounts", "list"));
        await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme & söhne");
        string[] account = ["--account", "acme & söhne"];
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, ["keys", "list", "--json", .. account]));
        Assert.Equal((0, "[]"), await CommandLine.ResultAsync(database, ["users", "list", "--json", .. account]));
        await BatchesProcess.RunAsync(
            database, ["keys", "create", "--name", "amy", "--policy", "{\n\t\"assignee\": \"ämy\" }", .. account]);
        await BatchesProcess.RunWithInputAsync(
            database, "correct horse\n", ["users", "create", "--email", "Amy@Example.com", "--scope", "read", .. account]);
        Assert.Equal((0, "amy@example.com"), await CommandLine.ResultAsync(database, "users", "disable", "amy@example.com"));

        var outputs = new List<(string Json, string Lines)>();
        foreach (var (list, members) in ((string[], string[])[])
            [
                (["accounts", "list"], ["name", "createdAt"]),
                (["keys", "list", .. account],
                    ["id", "prefix", "name", "scope", "policy", "createdAt", "expiresAt", "revokedAt", "lastUsedAt"]),
                (["users", "list", .. account], ["id", "email", "scope", "policy", "createdAt", "disabledAt"]),
            ])
        {
            var (exitCode, json, errors) = await BatchesProcess.RunAsync(database, [.. list, "--json"]);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Equal(members, Assert.Single(JsonNode.Parse(json)!.AsArray())!.AsObject().Select(member => member.Key));
            (exitCode, var lines, errors) = await BatchesProcess.RunAsync(database, list);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Equal(members.Length, Assert.Single(lines.Split('\n')).Split('\t').Length);
            outputs.Add((json, lines));
        }

        var key = JsonNode.Parse(outputs[1].Json)![0]!;
        Assert.Equal("""{"assignee":"\u00E4my"}""", key["policy"]!.ToJsonString());
        Assert.EndsWith("\t{\"assignee\":\"ämy\"}", outputs[1].Lines, StringComparison.Ordinal);
    }
}
