using System.Text.Json.Nodes;
using Npgsql;

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

    [Fact]
    public async Task Keys_and_users_beyond_the_maximum_are_not_created()
    {
        var database = await databases.CreateWithAccountsAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            """
            INSERT INTO api_keys (id, account_id, name, prefix, hash, scope, created_at)
            SELECT left(md5(i::text), 24), a.id, 'test', 'icr_', sha256(i::text::bytea), 'read', now()
            FROM generate_series(1, 1000) AS i, accounts AS a WHERE a.name = 'acme';
            INSERT INTO users (id, account_id, email, password_hash, scope, created_at)
            SELECT left(md5(i::text), 24), a.id, i || '@example.com', '', 'read', now()
            FROM generate_series(1, 10000) AS i, accounts AS a WHERE a.name = 'acme'
            """);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await CommandLine.FailsAsync(
            1, "The account has 1,000 active API keys, the maximum.", database, "keys", "create", "--account", "acme", "--name", "a");
        var (exitCode, output, errors) = await BatchesProcess.RunWithInputAsync(
            database, "correct horse", "users", "create", "--account", "acme", "--email", "new@example.com");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("The account has 10,000 enabled users, the maximum.", errors, StringComparison.Ordinal);
    }
}
