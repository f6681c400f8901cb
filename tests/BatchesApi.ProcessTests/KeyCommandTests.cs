using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The <c>keys</c> command, starting with an empty database.</summary>
public sealed class KeyCommandTests(Databases databases)
{
    [Fact]
    public async Task A_key_can_be_created_in_three_commands_and_revoked()
    {
        var database = await databases.CreateAsync();
        Assert.Equal((0, ""), await CommandLine.ResultAsync(database, "migrate"));
        Assert.Equal((0, ""), await CommandLine.ResultAsync(database, "migrate"));
        Assert.Equal((0, "acme"), await CommandLine.ResultAsync(database, "accounts", "create", "--name", "acme"));
        Assert.StartsWith("acme\t", (await CommandLine.ResultAsync(database, "accounts", "list")).Output, StringComparison.Ordinal);

        var (exitCode, key) = await CommandLine.ResultAsync(
            database, "keys", "create", "--account", "acme", "--name", "sync", "--scope", "read", "--expires-in", "90d");
        Assert.Equal(0, exitCode);
        Assert.Matches("^icr_[A-Za-z0-9_-]{48}$", key);

        var listed = JsonNode.Parse((await CommandLine.ResultAsync(database, "keys", "list", "--account", "acme", "--json")).Output)![0]!;
        Assert.Equal("sync", (string?)listed["name"]);
        Assert.Equal("read", (string?)listed["scope"]);
        Assert.StartsWith((string)listed["prefix"]!, key, StringComparison.Ordinal);
        Assert.Equal(
            90, (listed["expiresAt"]!.GetValue<DateTime>() - listed["createdAt"]!.GetValue<DateTime>()).TotalDays, tolerance: 0.001);
        Assert.DoesNotContain(key, listed.ToJsonString(), StringComparison.Ordinal);

        var id = (string)listed["id"]!;
        Assert.Equal((0, id), await CommandLine.ResultAsync(database, "keys", "revoke", id));
        var line = (await CommandLine.ResultAsync(database, "keys", "list", "--account", "acme")).Output.Split('\t');
        Assert.Equal(id, line[0]);
        Assert.NotEqual("-", line[6]);
    }
}
