using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Model;

namespace BatchesApi.Admin;

/// <summary>The verb <c>accounts</c>.</summary>
internal static class AccountCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() => new("accounts", "Makes and lists accounts, the tenants of the server.") { CreateVerb(), ListVerb() };

    private static Command CreateVerb()
    {
        var name = Arguments.Name("--name", "The account's name, unique.", Account.NameLimit);
        var withKey = new Option<string>("--with-key")
        {
            Description = "Also makes an API key of this name, with the scope write, and prints it: the one line on standard output. It is not shown again.",
            HelpName = "name",
        };
        Arguments.LimitName(withKey, ApiKey.NameLimit);
        var verb = new Command(
            "create",
            """
            Makes an account and prints its name.

            Examples:
              BatchesApi accounts create --name acme
              BatchesApi accounts create --name acme --with-key first
            """)
        { name, withKey };
        verb.SetAction((parsed, cancellation) => AdminSession.WithKeysAsync(
            async keys =>
            {
                var account = await keys.CreateAccountAsync(parsed.GetRequiredValue(name), cancellation);
                if (account is null)
                    return await AdminSession.FailAsync($"There is an account '{parsed.GetRequiredValue(name)}' already.");
                await Console.Error.WriteLineAsync($"Made the account '{account.Name}'.");
                Console.WriteLine(parsed.GetValue(withKey) is { } key
                    ? (await keys.CreateKeyAsync(account, key, Scope.Write, policy: null, expiresIn: null, cancellation)).Secret
                    : account.Name);
                return 0;
            },
            cancellation));
        return verb;
    }

    private static Command ListVerb()
    {
        var json = Arguments.Json();
        var verb = new Command(
            "list",
            """
            Lists the accounts: name and time of creation, separated by tabs.

            Examples:
              BatchesApi accounts list
              BatchesApi accounts list --json
            """)
        { json };
        verb.SetAction((parsed, cancellation) => AdminSession.WithKeysAsync(
            async keys => Output.Print(
                await keys.ListAccountsAsync(cancellation),
                parsed.GetValue(json),
                account => new JsonObject { ["name"] = account.Name, ["createdAt"] = Rfc3339.ToText(account.CreatedAt) },
                account => string.Join('\t', account.Name, Rfc3339.ToText(account.CreatedAt))),
            cancellation,
            writes: false));
        return verb;
    }
}
