using System.CommandLine;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Cli;

/// <summary>The verb <c>keys</c>.</summary>
internal static class KeyCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() =>
        new("keys", "Makes, lists and revokes API keys, by which programs call the server.") { CreateCommand(), ListCommand(), RevokeCommand() };

    private static Command CreateCommand()
    {
        var account = CommonOptions.Account();
        var name = CommonOptions.Name("--name", "What to call the key, to tell it from others.", ApiKey.MaxNameLength);
        var scope = CommonOptions.Scope("key");
        var policy = new Option<string>("--policy")
        {
            Description = "Conditions on every batch that the key sees or changes, a JSON object as in the parameter p of lists.",
            HelpName = "json",
        };
        policy.Validators.Add(result =>
        {
            var errors = new ValidationErrors();
            KeyPolicy.Parse(result.Tokens.SingleOrDefault()?.Value, errors);
            foreach (var (place, messages) in errors)
                result.AddError($"--{place}: {string.Join(' ', messages)}");
        });
        var expiresIn = new Option<TimeSpan?>("--expires-in")
        {
            Description = "How long the key is valid, such as 12h or 90d (units s m h d). Without it the key does not expire.",
            HelpName = "time",
            CustomParser = CommonOptions.ParseDuration,
        };
        var command = new Command(
            "create",
            """
            Makes an API key and prints it: one line, shown this once.

            Examples:
              BatchesApi keys create --account acme --name crm-sync
              BatchesApi keys create --account acme --name dashboard --scope read --expires-in 90d
              BatchesApi keys create --account acme --name amy --policy '{"assignee":"amy"}'
            """)
        { account, name, scope, policy, expiresIn };
        command.SetAction((parsed, cancellation) => CommandSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) =>
            {
                var (key, secret) = await session.Keys.CreateKeyAsync(
                    owner,
                    parsed.GetRequiredValue(name),
                    CommonOptions.GetScope(parsed, scope),
                    parsed.GetValue(policy),
                    parsed.GetValue(expiresIn),
                    cancellation);
                await Console.Error.WriteLineAsync($"Made the key {key.Id}. Keep what follows safe; it is not shown again.");
                Console.WriteLine(secret);
                return 0;
            },
            cancellation));
        return command;
    }

    private static Command ListCommand()
    {
        var account = CommonOptions.Account();
        var json = CommonOptions.Json();
        var command = new Command(
            "list",
            """
            Lists the keys of an account, separated by tabs: id, first characters, name, scope, creation, expiry, revocation, last use, policy. Never
            the secret.

            Examples:
              BatchesApi keys list --account acme
              BatchesApi keys list --account acme --json
            """)
        { account, json };
        command.SetAction((parsed, cancellation) => CommandSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) => ListPrinter.Print(
                await session.Keys.ListKeysAsync(owner, cancellation),
                parsed.GetValue(json),
                ToJson,
                key => string.Join('\t',
                    key.Id, key.Prefix, key.Name, key.Scope.ToText(), Rfc3339.Format(key.CreatedAt), ListPrinter.FormatInstant(key.ExpiresAt) ?? "-",
                    ListPrinter.FormatInstant(key.RevokedAt) ?? "-", ListPrinter.FormatInstant(key.LastUsedAt) ?? "-", ParsePolicy(key)?.ToJsonString(JsonOutput.NodeOptions) ?? "-")),
            cancellation,
            writes: false));
        return command;
    }

    private static Command RevokeCommand()
    {
        var id = new Argument<string>("id") { Description = "The key's id, as 'keys list' shows it first." };
        var command = new Command(
            "revoke",
            $"""
            Revokes an API key for good; servers refuse it within {CredentialCache.CacheDuration.TotalSeconds} seconds. Prints the id.

            Example:
              BatchesApi keys revoke 63a5b84c53e1218321c55572
            """)
        { id };
        command.SetAction((parsed, cancellation) => CommandSession.WithKeysAsync(
            async keys =>
            {
                var value = parsed.GetRequiredValue(id);
                if (!await keys.RevokeKeyAsync(value, cancellation))
                    return await CommandSession.FailAsync($"There is no key '{value}'. The first column of 'keys list' has the ids.");
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
        ["policy"] = ParsePolicy(key),
        ["createdAt"] = Rfc3339.Format(key.CreatedAt),
        ["expiresAt"] = ListPrinter.FormatInstant(key.ExpiresAt),
        ["revokedAt"] = ListPrinter.FormatInstant(key.RevokedAt),
        ["lastUsedAt"] = ListPrinter.FormatInstant(key.LastUsedAt),
    };

    /// <summary>The policy, however the operator laid it out.</summary>
    private static JsonNode? ParsePolicy(ApiKey key) => key.Policy is null ? null : JsonNode.Parse(key.Policy);
}
