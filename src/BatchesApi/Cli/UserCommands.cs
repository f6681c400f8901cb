using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

/// <summary>The verb <c>users</c>.</summary>
internal static class UserCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() =>
        new("users", "Makes, lists and disables users, who sign in with an e-mail address and a password.") { CreateCommand(), ListCommand(), DisableCommand() };

    private static Command CreateCommand()
    {
        var account = CommonOptions.Account();
        var email = new Option<string>("--email") { Description = "The e-mail address, which nobody else has.", Required = true, HelpName = "address" };
        email.Validators.Add(result =>
        {
            if (result.Tokens.SingleOrDefault()?.Value is { } text && !IsEmail(text))
                result.AddError($"'{text}' is no e-mail address.");
        });
        var scope = CommonOptions.Scope("user");
        var command = new Command(
            "create",
            """
            Makes a user with the password that is the first line of standard input, and prints the e-mail address.

            Examples:
              BatchesApi users create --account acme --email amy@example.com < password.txt
              pass show amy | BatchesApi users create --account acme --email amy@example.com --scope read
            """)
        { account, email, scope };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!Console.IsInputRedirected)
                await Console.Error.WriteLineAsync("Type the password, which is shown as you type, and press Enter:");
            var password = await Console.In.ReadLineAsync(cancellation) ?? "";
            if (password.Length is < User.MinPasswordLength or > User.MaxPasswordLength)
                return await CommandSession.FailAsync($"The password must be {User.MinPasswordLength} to {User.MaxPasswordLength} characters; it has {password.Length}.");
            return await CommandSession.WithAccountAsync(
                parsed.GetRequiredValue(account),
                async (session, owner) =>
                {
                    var user = await session.Users.CreateAsync(
                        owner, parsed.GetRequiredValue(email), password, CommonOptions.GetScope(parsed, scope), cancellation);
                    if (user is null)
                        return await CommandSession.FailAsync($"There is a user '{parsed.GetRequiredValue(email)}' already.");
                    Console.WriteLine(user.Email);
                    return 0;
                },
                cancellation);
        });
        return command;
    }

    private static Command ListCommand()
    {
        var account = CommonOptions.Account();
        var json = CommonOptions.Json();
        var command = new Command(
            "list",
            """
            Lists the users of an account, separated by tabs: e-mail address, scope, creation, and when disabled.

            Examples:
              BatchesApi users list --account acme
              BatchesApi users list --account acme --json
            """)
        { account, json };
        command.SetAction((parsed, cancellation) => CommandSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) => ListPrinter.Print(
                await session.Users.ListAsync(owner, cancellation),
                parsed.GetValue(json),
                ToJson,
                user => string.Join('\t', user.Email, user.Scope.ToText(), Rfc3339.Format(user.CreatedAt), ListPrinter.FormatInstant(user.DisabledAt) ?? "-")),
            cancellation,
            writes: false));
        return command;
    }

    private static Command DisableCommand()
    {
        var email = new Argument<string>("email") { Description = "The e-mail address." };
        var command = new Command(
            "disable",
            """
            Disables a user for good: it cannot sign in any more, and its access tokens end within seconds. Prints the e-mail address.

            Example:
              BatchesApi users disable amy@example.com
            """)
        { email };
        command.SetAction((parsed, cancellation) => CommandSession.WithUsersAsync(
            async users =>
            {
                var value = parsed.GetRequiredValue(email);
                if (!await users.DisableAsync(value, cancellation))
                    return await CommandSession.FailAsync($"There is no user '{value}'. 'users list --account NAME' lists them.");
                Console.WriteLine(value);
                return 0;
            },
            cancellation));
        return command;
    }

    private static JsonObject ToJson(User user) => new()
    {
        ["email"] = user.Email,
        ["scope"] = user.Scope.ToText(),
        ["createdAt"] = Rfc3339.Format(user.CreatedAt),
        ["disabledAt"] = ListPrinter.FormatInstant(user.DisabledAt),
    };

    /// <summary>Whether a text can be an e-mail address; whether it is one, only a message to it would tell.</summary>
    private static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == text.LastIndexOf('@') && at < text.Length - 1 && text.Length <= User.MaxEmailLength && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
    }
}
