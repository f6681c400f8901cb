using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Cli;

internal static class KeyCommands
{
    private static readonly ListColumn<ApiKey>[] Columns =
    [
        new("ID", key => key.Id),
        new("PREFIX", key => key.Prefix),
        new("NAME", key => key.Name),
        new("SCOPE", key => key.Scope.ToText()),
        new("CREATED", key => Rfc3339.Format(key.CreatedAt)),
        new("EXPIRES", key => Rfc3339.Format(key.ExpiresAt)),
        new("REVOKED", key => Rfc3339.Format(key.RevokedAt)),
        new("LAST USED", key => Rfc3339.Format(key.LastUsedAt)),
        new("POLICY", key => CommonOptions.FormatPolicy(key.Policy)),
    ];

    public static Command Create() =>
        new("keys", "Creates, lists and revokes API keys.") { CreateCommand(), ListCommand(), RevokeCommand() };

    private static CliCommand CreateCommand()
    {
        var account = CommonOptions.Account();
        var name = CommonOptions.Name("--name", "The name of the key, to identify it.", ApiKey.MaxNameLength);
        var scope = CommonOptions.Scope("key");
        var policy = CommonOptions.Policy("key");
        var expiresIn = new Option<TimeSpan?>("--expires-in")
        {
            Description = "How long the key is valid, such as 12h or 90d (units: s, m, h, d). Without it, the key does not expire.",
            HelpName = "duration",
            CustomParser = CommonOptions.ParseDuration,
        };
        var command = new CliCommand(
            "create",
            "Creates an API key and prints it.",
            """
            The key is not shown again.

            Examples:
              BatchesApi keys create --account acme --name crm-sync
              BatchesApi keys create --account acme --name dashboard --scope read --expires-in 90d
              BatchesApi keys create --account acme --name amy --policy '{"assignee":"amy"}'
              BatchesApi keys create --account acme --name operations --scope admin
            """)
        { account, name, scope, policy, expiresIn };
        CommonOptions.AddAdminPolicyValidator(command, scope, policy);
        command.SetAction((parsed, cancellation) => CommandSession.RunForAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) =>
            {
                var created = await session.Keys.CreateAsync(
                    owner.Id,
                    new NewApiKey(
                        parsed.GetRequiredValue(name),
                        CommonOptions.GetScope(parsed, scope),
                        parsed.GetValue(policy),
                        TimeProvider.System.GetUtcNowMicroseconds() + parsed.GetValue(expiresIn)),
                    Actor.ForCommand("keys create"),
                    cancellation);
                if (created.Problem is { } problem)
                    return await CommandSession.FailAsync(problem.Detail);
                var (key, secret) = created.Value;
                await Console.Error.WriteLineAsync($"Created key {key.Id}. Store the key securely; it is not shown again:");
                Console.WriteLine(secret);
                return 0;
            },
            cancellation));
        return command;
    }

    private static CliCommand ListCommand()
    {
        var account = CommonOptions.Account();
        var json = CommonOptions.Json();
        var command = new CliCommand(
            "list",
            "Lists the API keys of an account.",
            """
            Each line contains: id, first characters, name, scope, creation, expiry, revocation, last use, policy. A terminal gets a table
            with headings, other outputs get values separated by tabs.
            Secrets are not stored and cannot be listed.

            Examples:
              BatchesApi keys list --account acme
              BatchesApi keys list --account acme --json
            """)
        { account, json };
        command.SetAction((parsed, cancellation) => CommandSession.RunForAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) => ListPrinter.Print(
                await session.Keys.ListAsync(owner.Id, cancellation),
                parsed.GetValue(json),
                ToJson,
                Columns),
            cancellation,
            writes: false));
        return command;
    }

    private static CliCommand RevokeCommand()
    {
        var id = new Argument<string>("id") { Description = "The id of the key, which 'keys list' prints first." };
        var command = new CliCommand(
            "revoke",
            "Permanently revokes an API key.",
            $"""
            Servers reject it within {CredentialCache.CacheDuration.TotalSeconds} seconds. Prints the id.

            Example:
              BatchesApi keys revoke 63a5b84c53e1218321c55572
            """)
        { id };
        command.SetAction((parsed, cancellation) => CommandSession.RunAsync(
            async session =>
            {
                var value = parsed.GetRequiredValue(id);
                if (!await session.Keys.RevokeAsync(value, Actor.ForCommand("keys revoke"), cancellation))
                    return await CommandSession.FailAsync($"There is no key '{value}'. 'keys list' prints the ids in the first column.");
                Console.WriteLine(value);
                return 0;
            },
            cancellation));
        return command;
    }

    private static JsonObject ToJson(ApiKey key) => new()
    {
        ["id"] = key.Id,
        ["prefix"] = key.Prefix,
        ["name"] = key.Name,
        ["scope"] = key.Scope.ToText(),
        ["policy"] = MongoFilterParser.ToJson(key.Policy),
        ["createdAt"] = Rfc3339.Format(key.CreatedAt),
        ["expiresAt"] = Rfc3339.Format(key.ExpiresAt),
        ["revokedAt"] = Rfc3339.Format(key.RevokedAt),
        ["lastUsedAt"] = Rfc3339.Format(key.LastUsedAt),
    };
}
