using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

internal static class AccountCommands
{
    private static readonly ListColumn<Account>[] Columns =
        [new("NAME", account => account.Name), new("CREATED", account => Rfc3339.Format(account.CreatedAt))];

    public static Command Create() =>
        new("accounts", "Creates and lists accounts, the tenants of the server.") { CreateCommand(), ListCommand() };

    private static CliCommand CreateCommand()
    {
        var name = CommonOptions.Name("--name", "The unique name of the account.", Account.MaxNameLength);
        var withKey = new Option<string>("--with-key")
        {
            Description = "Also creates an API key of this name with the scope write, and prints the key instead. It is not shown again.",
            HelpName = "name",
        };
        CommonOptions.AddNameValidator(withKey, ApiKey.MaxNameLength);
        var command = new CliCommand(
            "create",
            "Creates an account and prints its name.",
            """

            Examples:
              BatchesApi accounts create --name acme
              BatchesApi accounts create --name acme --with-key first
            """)
        { name, withKey };
        command.SetAction((parsed, cancellation) => CommandSession.RunAsync(
            async session =>
            {
                var account = await session.Accounts.CreateAsync(parsed.GetRequiredValue(name), cancellation);
                if (account is null)
                    return await CommandSession.FailAsync($"There is already an account '{parsed.GetRequiredValue(name)}'.");
                await Console.Error.WriteLineAsync($"Created account '{account.Name}'.");
                Console.WriteLine(parsed.GetValue(withKey) is { } key
                    ? (await session.Keys.CreateAsync(
                        account.Id, new NewApiKey(key, Scope.Write), Actor.ForCommand("accounts create"), cancellation)).Value.Secret
                    : account.Name);
                return 0;
            },
            cancellation));
        return command;
    }

    private static CliCommand ListCommand()
    {
        var json = CommonOptions.Json();
        var command = new CliCommand(
            "list",
            "Lists the accounts.",
            """
            Each line contains the name and the time of creation. A terminal gets a table with headings, other outputs get values separated
            by tabs.

            Examples:
              BatchesApi accounts list
              BatchesApi accounts list --json
            """)
        { json };
        command.SetAction((parsed, cancellation) => CommandSession.RunAsync(
            async session => ListPrinter.Print(
                await session.Accounts.ListAsync(cancellation),
                parsed.GetValue(json),
                account => new JsonObject { ["name"] = account.Name, ["createdAt"] = Rfc3339.Format(account.CreatedAt) },
                Columns),
            cancellation,
            writes: false));
        return command;
    }
}
