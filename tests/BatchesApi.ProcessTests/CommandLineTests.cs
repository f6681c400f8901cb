using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ProcessTests;

public sealed class CommandLineTests(Databases databases)
{
    [Fact]
    public async Task An_operator_gets_a_key_in_three_commands_and_can_take_it_back()
    {
        var database = await databases.CreateAsync();
        Assert.Equal((0, ""), await ResultAsync(database, "migrate"));
        Assert.Equal((0, ""), await ResultAsync(database, "migrate"));
        Assert.Equal((0, "acme"), await ResultAsync(database, "accounts", "create", "--name", "acme"));
        Assert.StartsWith("acme\t", (await ResultAsync(database, "accounts", "list")).Output, StringComparison.Ordinal);

        var (exitCode, key) = await ResultAsync(
            database, "keys", "create", "--account", "acme", "--name", "sync", "--scope", "read", "--expires-in", "90d");
        Assert.Equal(0, exitCode);
        Assert.Matches("^icr_[A-Za-z0-9_-]{48}$", key);

        var listed = JsonNode.Parse((await ResultAsync(database, "keys", "list", "--account", "acme", "--json")).Output)![0]!;
        Assert.Equal("sync", (string?)listed["name"]);
        Assert.Equal("read", (string?)listed["scope"]);
        Assert.StartsWith((string)listed["prefix"]!, key, StringComparison.Ordinal);
        Assert.Equal(90, (listed["expiresAt"]!.GetValue<DateTime>() - listed["createdAt"]!.GetValue<DateTime>()).TotalDays);
        Assert.DoesNotContain(key, listed.ToJsonString(), StringComparison.Ordinal);

        var id = (string)listed["id"]!;
        Assert.Equal((0, id), await ResultAsync(database, "keys", "revoke", id));
        var line = (await ResultAsync(database, "keys", "list", "--account", "acme")).Output.Split('\t');
        Assert.Equal(id, line[0]);
        Assert.NotEqual("-", line[6]);
    }

    [Fact]
    public async Task An_account_can_be_made_with_its_first_key()
    {
        var database = await databases.CreateAsync();
        await BatchesProcess.RunAsync(database, "migrate");
        var (exitCode, key) = await ResultAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first");
        Assert.Equal(0, exitCode);
        Assert.Matches("^icr_[A-Za-z0-9_-]{48}$", key);
    }

    [Fact]
    public async Task What_cannot_be_done_fails_with_1_and_says_why()
    {
        var database = await databases.CreateAsync();
        await FailsAsync(1, "migrate", database, "accounts", "list");
        await BatchesProcess.RunAsync(database, "migrate");
        await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme");

        await FailsAsync(1, "already", database, "accounts", "create", "--name", "acme");
        await FailsAsync(1, "no account 'nobody'", database, "keys", "create", "--account", "nobody", "--name", "x");
        await FailsAsync(1, "no account 'nobody'", database, "keys", "list", "--account", "nobody");
        await FailsAsync(1, "no key", database, "keys", "revoke", "63a5b84c53e1218321c55572");
        await FailsAsync(1, "does not serve", "Host=127.0.0.1;Port=1;Username=x", "accounts", "list");
        await FailsAsync(1, "ConnectionStrings__Batches is not set", null, "accounts", "list");
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_not_made()
    {
        var database = new NpgsqlConnectionStringBuilder(await databases.CreateAsync()) { Database = "mistyped" }.ConnectionString;
        await FailsAsync(1, "mistyped", database, "migrate");
        await FailsAsync(1, "mistyped", database, "migrate");
    }

    [Fact]
    public async Task A_database_that_cannot_hold_every_text_is_refused()
    {
        var database = await databases.CreateAsync("SQL_ASCII");
        await FailsAsync(1, "UTF8", database, "migrate");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("accounts")]
    [InlineData("accounts create")]
    [InlineData("accounts create --name")]
    [InlineData("accounts list surplus")]
    [InlineData("keys create --account acme")]
    [InlineData("keys create --account acme --name x --scope admin")]
    [InlineData("keys create --account acme --name x --expires-in 90")]
    [InlineData("keys create --account acme --name x --expires-in -1d")]
    [InlineData("keys create --account acme --name x --expires-in 0d")]
    [InlineData("keys create --account acme --name x --expires-in 99999999d")]
    [InlineData("keys revoke")]
    [InlineData("migrate --force")]
    [InlineData("--migrate")]
    [InlineData("accounts create --name @/etc/hostname surplus")]
    public async Task Wrong_usage_is_2_and_leaves_standard_output_empty(string arguments) =>
        await FailsAsync(2, "--help", "Host=127.0.0.1;Port=1", arguments.Split(' '));

    [Theory]
    [InlineData("migrate")]
    [InlineData("accounts create")]
    [InlineData("accounts list")]
    [InlineData("keys create")]
    [InlineData("keys list")]
    [InlineData("keys revoke")]
    [InlineData("ready")]
    public async Task Every_verb_helps_with_an_example(string verb)
    {
        var (exitCode, output, _) = await BatchesProcess.RunAsync(null, [.. verb.Split(' '), "--help"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("Example", output, StringComparison.Ordinal);
        Assert.Contains(verb, output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> ResultAsync(string database, params string[] arguments)
    {
        var (exitCode, output, _) = await BatchesProcess.RunAsync(database, arguments);
        return (exitCode, output);
    }

    private static async Task FailsAsync(int expected, string reason, string? database, params string[] arguments)
    {
        var (exitCode, output, errors) = await BatchesProcess.RunAsync(database, arguments);
        Assert.True(exitCode == expected, $"{exitCode}: {errors}");
        Assert.Equal("", output);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
