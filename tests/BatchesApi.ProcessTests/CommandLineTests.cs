using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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
    [InlineData("keys create --account acme --name x --policy {\"asignee\":\"amy\"}")]
    [InlineData("keys create --account acme --name x --policy amy")]
    [InlineData("users")]
    [InlineData("users create --account acme")]
    [InlineData("users create --account acme --email amy")]
    [InlineData("users create --account acme --email amy@example.com --scope admin")]
    [InlineData("users list")]
    [InlineData("users disable")]
    [InlineData("import")]
    [InlineData("import --account acme one two")]
    [InlineData("export --account acme file")]
    [InlineData("purge --older-than yesterday")]
    [InlineData("ready now")]
    [InlineData("migrate --force")]
    [InlineData("--migrate")]
    [InlineData("accounts create --name @/etc/hostname surplus")]
    public async Task Wrong_usage_is_2_and_leaves_standard_output_empty(string arguments) =>
        await FailsAsync(2, "--help", "Host=127.0.0.1;Port=1", arguments.Split(' '));

    [Fact]
    public async Task Every_verb_helps_with_an_example()
    {
        var verbs = await VerbsAsync();
        Assert.Equal(
            [
                "accounts create", "accounts list", "export", "import", "keys create", "keys list", "keys revoke", "migrate", "purge", "ready",
                "users create", "users disable", "users list",
            ],
            verbs.Order(StringComparer.Ordinal));
        foreach (var verb in verbs)
        {
            var (exitCode, output, errors) = await BatchesProcess.RunAsync(null, [.. verb.Split(' '), "--help"]);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Matches($"(?s)Examples?:.*BatchesApi(\", \")? ?{verb}", output);
        }
    }

    [Fact]
    public async Task Every_list_is_JSON_where_that_is_asked_for_and_a_line_each_otherwise()
    {
        var database = await databases.CreateAsync();
        await BatchesProcess.RunAsync(database, "migrate");
        Assert.Equal((0, "[]"), await ResultAsync(database, "accounts", "list", "--json"));
        Assert.Equal((0, ""), await ResultAsync(database, "accounts", "list"));
        await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme & söhne");
        string[] ofAccount = ["--account", "acme & söhne"];
        Assert.Equal((0, "[]"), await ResultAsync(database, ["keys", "list", "--json", .. ofAccount]));
        Assert.Equal((0, "[]"), await ResultAsync(database, ["users", "list", "--json", .. ofAccount]));
        await BatchesProcess.RunAsync(database, ["keys", "create", "--name", "amy", "--policy", "{\n\t\"assignee\": \"ämy\" }", .. ofAccount]);
        await BatchesProcess.RunWithInputAsync(database, "correct horse\n", ["users", "create", "--email", "Amy@Example.com", "--scope", "read", .. ofAccount]);
        Assert.Equal((0, "amy@example.com"), await ResultAsync(database, "users", "disable", "amy@example.com"));

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

        var key = JsonNode.Parse((await ResultAsync(database, ["keys", "list", "--json", .. ofAccount])).Output)![0]!;
        Assert.Equal("""{"assignee":"\u00E4my"}""", key["policy"]!.ToJsonString());
        Assert.EndsWith("\t{\"assignee\":\"ämy\"}", (await ResultAsync(database, ["keys", "list", .. ofAccount])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_cannot_be_made_is_told_why()
    {
        var database = await databases.CreateAsync();
        await BatchesProcess.RunAsync(database, "migrate");
        await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme");
        Assert.Equal(0, (await CreateUserAsync(database, "12345678", "amy@example.com")).ExitCode);

        foreach (var (password, email, reason) in ((string, string, string)[])
            [
                ("", "bob@example.com", "it has 0."), ("1234567", "bob@example.com", "it has 7."), (new string('x', 257), "bob@example.com", "it has 257."),
                ("12345678", "AMY@example.com", "There is a user 'AMY@example.com' already."),
            ])
        {
            var (exitCode, output, errors) = await CreateUserAsync(database, password, email);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.Contains(reason, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("1234567", errors, StringComparison.Ordinal);
        }
        await FailsAsync(1, "no user 'bob@example.com'", database, "users", "disable", "bob@example.com");
        await FailsAsync(1, "no account 'nobody'", database, "users", "list", "--account", "nobody");
    }

    private static Task<(int ExitCode, string Output, string Errors)> CreateUserAsync(string database, string password, string email) =>
        BatchesProcess.RunWithInputAsync(database, password, "users", "create", "--account", "acme", "--email", email);

    /// <summary>Every verb that does something, as the help lists them.</summary>
    private static async Task<List<string>> VerbsAsync(string above = "")
    {
        var words = above.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (exitCode, output, _) = await BatchesProcess.RunAsync(null, [.. words, "--help"]);
        Assert.Equal(0, exitCode);
        if (!output.Contains("Commands:", StringComparison.Ordinal))
            return [above];
        var verbs = new List<string>();
        foreach (var verb in Regex.Matches(output[output.IndexOf("Commands:", StringComparison.Ordinal)..], "^  ([a-z]+)", RegexOptions.Multiline).AsEnumerable())
            verbs.AddRange(await VerbsAsync($"{above} {verb.Groups[1].Value}".Trim()));
        return verbs;
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
