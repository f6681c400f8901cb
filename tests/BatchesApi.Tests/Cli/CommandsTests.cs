using System.CommandLine;
using BatchesApi.Cli;

namespace BatchesApi.Tests.Cli;

public sealed class CommandsTests
{
    [Theory]
    [InlineData("migrate")]
    [InlineData("keys list --account acme")]
    [InlineData("nonsense")]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("-h")]
    [InlineData("--migrate")]
    [InlineData("--hlep")]
    [InlineData("--urls")]
    [InlineData("--urls http://localhost:5000 ready")]
    [InlineData("--urls --environment Development")]
    public void Arguments_other_than_settings_run_a_command(string line) => Assert.False(Commands.AreSettings(line.Split(' ')));

    [Theory]
    [InlineData("")]
    [InlineData("--urls http://localhost:5000")]
    [InlineData("--urls=http://localhost:5000 --environment Development")]
    [InlineData("--Requests:Strict=false")]
    public void Settings_or_no_arguments_run_the_server(string line) => Assert.True(
        Commands.AreSettings(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("accounts create --name acme")]
    [InlineData("accounts create --name acme --with-key first")]
    [InlineData("accounts list")]
    [InlineData("keys create --account acme --name crm")]
    [InlineData("keys create --account acme --name crm --scope read --expires-in 90d")]
    [InlineData("keys create --account acme --name crm --scope write")]
    [InlineData("keys create --account acme --name crm --scope admin")]
    [InlineData("keys create --account acme --name crm --scope write --policy {\"assignee\":\"amy\"}")]
    [InlineData("keys list --account acme")]
    [InlineData("keys list --account acme --json")]
    [InlineData("keys revoke 63a5b84c53e1218321c55572")]
    [InlineData("keys create --account acme --name crm --policy {\"assignee\":\"amy\"}")]
    [InlineData("accounts list --json")]
    [InlineData("users create --account acme --email amy@example.com")]
    [InlineData("users create --account acme --email amy@example.com --scope read")]
    [InlineData("users create --account acme --email amy@example.com --scope admin")]
    [InlineData("users list --account acme --json")]
    [InlineData("users disable amy@example.com")]
    [InlineData("import --account acme")]
    [InlineData("import --account acme batches.ndjson --continue --report rejected.ndjson")]
    [InlineData("export --account acme")]
    [InlineData("export --account acme --after 63a5b84c53e1218321c55572")]
    [InlineData("purge --older-than 90d")]
    [InlineData("purge --older-than 90d --account acme")]
    [InlineData("migrate")]
    [InlineData("ready")]
    public void The_commands_of_the_specification_are_valid(string line) => Assert.Empty(Parse(line).Errors);

    [Theory]
    [InlineData("accounts")]
    [InlineData("accounts create")]
    [InlineData("accounts create --name")]
    [InlineData("accounts create --name acme extra")]
    [InlineData("accounts create --name acme --with-key \u0007")]
    [InlineData("keys")]
    [InlineData("keys create --name crm")]
    [InlineData("keys create --account acme")]
    [InlineData("keys create --account acme --name crm --scope owner")]
    [InlineData("keys create --account acme --name crm --scope admin --policy {\"assignee\":\"amy\"}")]
    [InlineData("keys create --account acme --name crm --scope READ")]
    [InlineData("keys create --account acme --name crm --expires-in soon")]
    [InlineData("keys list")]
    [InlineData("keys list --account acme --yaml")]
    [InlineData("keys revoke")]
    [InlineData("keys revoke a b")]
    [InlineData("nonsense")]
    [InlineData("migrate now")]
    public async Task Invalid_usage_exits_with_2(string line)
    {
        Assert.NotEmpty(Parse(line).Errors);
        Assert.Equal(2, await Commands.RunAsync(line.Split(' ')));
    }

    [Theory]
    [InlineData("key", "Unknown command 'key'. Did you mean 'keys'?")]
    [InlineData("KEYS list", "Unknown command 'KEYS'. Did you mean 'keys'?")]
    [InlineData("import-", "Unknown command 'import-'. Did you mean 'import'?")]
    [InlineData("import-batches --account a", "Unknown command 'import-batches'. Did you mean 'import'?")]
    [InlineData("mig", "Unknown command 'mig'. Did you mean 'migrate'?")]
    [InlineData("keys creat --account a", "Unknown command 'creat'. Did you mean 'create'?")]
    [InlineData("users lits", "Unknown command 'lits'. Did you mean 'list'?")]
    [InlineData("serve", "Unknown command 'serve'. Without a command the server runs.")]
    [InlineData("nonsense", "Unknown command 'nonsense'.")]
    [InlineData("--verson", "Unknown option '--verson'. Did you mean '--version'?")]
    [InlineData("--migrate", "Unknown option '--migrate'.")]
    [InlineData("keys", "A command is required: create, list, revoke.")]
    [InlineData("accounts list --jsonn", "Unknown option '--jsonn'. Did you mean '--json'?")]
    [InlineData("migrate --force", "Unknown option '--force'.")]
    public void An_unknown_command_or_option_gets_a_suggestion(string line, string expected) =>
        Assert.Equal([expected], Commands.DescribeErrors(Parse(line)));

    [Fact]
    public void A_key_has_the_scope_write_and_does_not_expire_by_default()
    {
        var parsed = Parse("keys create --account acme --name crm");

        Assert.Equal("write", parsed.GetValue<string>("--scope"));
        Assert.Null(parsed.GetValue<TimeSpan?>("--expires-in"));
        Assert.Equal(TimeSpan.FromDays(90), Parse("keys create --account a --name b --expires-in 90d").GetValue<TimeSpan?>("--expires-in"));
    }

    [Fact]
    public void The_description_of_a_command_fits_in_one_line_of_a_list()
    {
        var commands = Commands.CreateRoot().Subcommands.SelectMany(command => command.Subcommands.Prepend(command)).ToList();

        Assert.Equal(16, commands.Count);
        Assert.All(commands, command => Assert.Matches(@"\A[A-Z][^\n]{10,65}\.\z", command.Description));
    }

    private static ParseResult Parse(string line) => Commands.CreateRoot().Parse(line.Split(' '));
}
