using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

/// <summary>The verb <c>accounts</c>.</summary>
internal static class AccountCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() => new("accounts", "Makes and lists accounts, the tenants of the server.") { CreateCommand(), ListCommand() };

    private static Command CreateCommand()
    {
        var name = CommonOptions.Name("--name", "The account's name, unique.", Account.MaxNameLength);
        var withKey = new Option<string>("--with-key")
        {
            Description = "Also makes an API key of this name, with the scope write, and prints it: the one line on standard output. It is not shown again.",
            HelpName = "name",
        };
        CommonOptions.LimitName(withKey, ApiKey.MaxNameLength);
        var command = new Command(
            "create",
            """
            Makes an account and prints its name.

            Examples:
              BatchesApi accounts create --name acme
              BatchesApi accounts create --name acme --with-key first
            """)
        { name, withKey };
        command.SetAction((parsed, cancellation) => CommandSession.WithKeysAsync(
            async keys =>
            {
                var account = await keys.CreateAccountAsync(parsed.GetRequiredValue(name), cancellation);
                if (account is null)
                    return await CommandSession.FailAsync($"There is an account '{parsed.GetRequiredValue(name)}' already.");
                await Console.Error.WriteLineAsync($"Made the account '{account.Name}'.");
                Console.WriteLine(parsed.GetValue(withKey) is { } key
                    ? (await keys.CreateKeyAsync(account, key, Scope.Write, policy: null, expiresIn: null, cancellation)).Secret
                    : account.Name);
                return 0;
            },
            cancellation));
        return command;
    }

    private static Command ListCommand()
    {
        var json = CommonOptions.Json();
        var command = new Command(
            "list",
            """
            Lists the accounts: name and time of creation, separated by tabs.

            Examples:
              BatchesApi accounts list
              BatchesApi accounts list --json
            """)
        { json };
        command.SetAction((parsed, cancellation) => CommandSession.WithKeysAsync(
            async keys => ListPrinter.Print(
                await keys.ListAccountsAsync(cancellation),
                parsed.GetValue(json),
                account => new JsonObject { ["name"] = account.Name, ["createdAt"] = Rfc3339.Format(account.CreatedAt) },
                account => string.Join('\t', account.Name, Rfc3339.Format(account.CreatedAt))),
            cancellation,
            writes: false));
        return command;
    }
}
