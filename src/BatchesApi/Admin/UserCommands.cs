using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Model;

namespace BatchesApi.Admin;

/// <summary>The verb <c>users</c>.</summary>
internal static class UserCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() =>
        new("users", "Makes, lists and disables users, who sign in with an e-mail address and a password.") { CreateVerb(), ListVerb(), DisableVerb() };

    private static Command CreateVerb()
    {
        var account = Arguments.Account();
        var email = new Option<string>("--email") { Description = "The e-mail address, which nobody else has.", Required = true, HelpName = "address" };
        email.Validators.Add(result =>
        {
            if (result.Tokens.SingleOrDefault()?.Value is { } text && !IsEmail(text))
                result.AddError($"'{text}' is no e-mail address.");
        });
        var scope = Arguments.Scope("user");
        var verb = new Command(
            "create",
            """
            Makes a user with the password that is the first line of standard input, and prints the e-mail address.

            Examples:
              BatchesApi users create --account acme --email amy@example.com < password.txt
              pass show amy | BatchesApi users create --account acme --email amy@example.com --scope read
            """)
        { account, email, scope };
        verb.SetAction(async (parsed, cancellation) =>
        {
            if (!Console.IsInputRedirected)
                await Console.Error.WriteLineAsync("Type the password, which is shown as you type, and press Enter:");
            var password = await Console.In.ReadLineAsync(cancellation) ?? "";
            if (password.Length is < User.LeastPassword or > User.PasswordLimit)
                return await AdminSession.FailAsync($"The password must be {User.LeastPassword} to {User.PasswordLimit} characters; it has {password.Length}.");
            return await AdminSession.WithAccountAsync(
                parsed.GetRequiredValue(account),
                async (session, owner) =>
                {
                    var user = await session.Users.CreateAsync(
                        owner, parsed.GetRequiredValue(email), password, Arguments.ScopeOf(parsed, scope), cancellation);
                    if (user is null)
                        return await AdminSession.FailAsync($"There is a user '{parsed.GetRequiredValue(email)}' already.");
                    Console.WriteLine(user.Email);
                    return 0;
                },
                cancellation);
        });
        return verb;
    }

    private static Command ListVerb()
    {
        var account = Arguments.Account();
        var json = Arguments.Json();
        var verb = new Command(
            "list",
            """
            Lists the users of an account, separated by tabs: e-mail address, scope, creation, and when disabled.

            Examples:
              BatchesApi users list --account acme
              BatchesApi users list --account acme --json
            """)
        { account, json };
        verb.SetAction((parsed, cancellation) => AdminSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) => Output.Print(
                await session.Users.ListAsync(owner, cancellation),
                parsed.GetValue(json),
                ToJson,
                user => string.Join('\t', user.Email, user.Scope.ToText(), Rfc3339.ToText(user.CreatedAt), Output.Text(user.DisabledAt) ?? "-")),
            cancellation,
            writes: false));
        return verb;
    }

    private static Command DisableVerb()
    {
        var email = new Argument<string>("email") { Description = "The e-mail address." };
        var verb = new Command(
            "disable",
            """
            Disables a user for good: it cannot sign in any more, and its access tokens end within seconds. Prints the e-mail address.

            Example:
              BatchesApi users disable amy@example.com
            """)
        { email };
        verb.SetAction((parsed, cancellation) => AdminSession.WithUsersAsync(
            async users =>
            {
                var value = parsed.GetRequiredValue(email);
                if (!await users.DisableAsync(value, cancellation))
                    return await AdminSession.FailAsync($"There is no user '{value}'. 'users list --account NAME' lists them.");
                Console.WriteLine(value);
                return 0;
            },
            cancellation));
        return verb;
    }

    private static JsonObject ToJson(User user) => new()
    {
        ["email"] = user.Email,
        ["scope"] = user.Scope.ToText(),
        ["createdAt"] = Rfc3339.ToText(user.CreatedAt),
        ["disabledAt"] = Output.Text(user.DisabledAt),
    };

    /// <summary>Whether a text can be an e-mail address; whether it is one, only a message to it would tell.</summary>
    private static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == text.LastIndexOf('@') && at < text.Length - 1 && text.Length <= User.EmailLimit && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
    }
}
