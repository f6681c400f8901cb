using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Cli;

internal static class UserCommands
{
    private static readonly ListColumn<User>[] Columns =
    [
        new("E-MAIL", user => user.Email),
        new("SCOPE", user => user.Scope.ToText()),
        new("CREATED", user => Rfc3339.Format(user.CreatedAt)),
        new("DISABLED", user => Rfc3339.Format(user.DisabledAt)),
        new("ID", user => user.Id),
        new("POLICY", user => CommonOptions.FormatPolicy(user.Policy)),
    ];

    public static Command Create() =>
        new("users", "Creates, lists and disables users, who sign in with a password.")
        {
            CreateCommand(), ListCommand(), DisableCommand(),
        };

    private static CliCommand CreateCommand()
    {
        var account = CommonOptions.Account();
        var email = new Option<string>("--email") { Description = "The unique e-mail address.", Required = true, HelpName = "address" };
        email.Validators.Add(result =>
        {
            if (result.Tokens.SingleOrDefault()?.Value is { } text && !User.IsEmail(text))
                result.AddError($"'{text}' is not a valid e-mail address.");
        });
        var scope = CommonOptions.Scope("user");
        var policy = CommonOptions.Policy("user");
        var command = new CliCommand(
            "create",
            "Creates a user and prints the e-mail address.",
            """
            Reads the password from the first line of standard input.

            Examples:
              BatchesApi users create --account acme --email amy@example.com < password.txt
              pass show amy | BatchesApi users create --account acme --email amy@example.com --scope read
              BatchesApi users create --account acme --email ben@example.com --policy '{"assignee":{"$me":true}}' < password.txt
            """)
        { account, email, scope, policy };
        CommonOptions.AddAdminPolicyValidator(command, scope, policy);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!Console.IsInputRedirected)
                await Console.Error.WriteLineAsync("Enter the password (it is visible as you type):");
            var password = await Console.In.ReadLineAsync(cancellation) ?? "";
            if (password.Length is < User.MinPasswordLength or > User.MaxPasswordLength)
            {
                return await CommandSession.FailAsync(
                    $"The password must be {User.MinPasswordLength} to {User.MaxPasswordLength} characters; it has {password.Length}.");
            }
            return await CommandSession.RunForAccountAsync(
                parsed.GetRequiredValue(account),
                async (session, owner) =>
                {
                    var created = await session.Users.CreateAsync(
                        owner.Id,
                        new NewUser(
                            parsed.GetRequiredValue(email), password, CommonOptions.GetScope(parsed, scope), parsed.GetValue(policy)),
                        Actor.ForCommand("users create"),
                        cancellation);
                    if (created.Problem is { } problem)
                        return await CommandSession.FailAsync(problem.Detail);
                    Console.WriteLine(created.Value.Email);
                    return 0;
                },
                cancellation);
        });
        return command;
    }

    private static CliCommand ListCommand()
    {
        var account = CommonOptions.Account();
        var json = CommonOptions.Json();
        var command = new CliCommand(
            "list",
            "Lists the users of an account.",
            """
            Each line contains: e-mail address, scope, creation, time of disabling, id, policy. A terminal gets a table with headings, other
            outputs get values separated by tabs.

            Examples:
              BatchesApi users list --account acme
              BatchesApi users list --account acme --json
            """)
        { account, json };
        command.SetAction((parsed, cancellation) => CommandSession.RunForAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) => ListPrinter.Print(
                await session.Users.ListAsync(owner.Id, cancellation),
                parsed.GetValue(json),
                ToJson,
                Columns),
            cancellation,
            writes: false));
        return command;
    }

    private static CliCommand DisableCommand()
    {
        var email = new Argument<string>("email") { Description = "The e-mail address." };
        var command = new CliCommand(
            "disable",
            "Disables a user.",
            """
            The user can no longer sign in, and its access tokens become invalid within seconds. Prints the e-mail address.

            Example:
              BatchesApi users disable amy@example.com
            """)
        { email };
        command.SetAction((parsed, cancellation) => CommandSession.RunAsync(
            async session =>
            {
                var value = parsed.GetRequiredValue(email);
                if (!await session.Users.DisableAsync(value, Actor.ForCommand("users disable"), cancellation))
                    return await CommandSession.FailAsync($"There is no user '{value}'. 'users list --account NAME' lists them.");
                Console.WriteLine(value);
                return 0;
            },
            cancellation));
        return command;
    }

    private static JsonObject ToJson(User user) => new()
    {
        ["id"] = user.Id,
        ["email"] = user.Email,
        ["scope"] = user.Scope.ToText(),
        ["policy"] = MongoFilterParser.ToJson(user.Policy),
        ["createdAt"] = Rfc3339.Format(user.CreatedAt),
        ["disabledAt"] = Rfc3339.Format(user.DisabledAt),
    };
}
