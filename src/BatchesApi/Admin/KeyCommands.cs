using System.CommandLine;
using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Model;
using BatchesApi.Responses;

namespace BatchesApi.Admin;

/// <summary>The verb <c>keys</c>.</summary>
internal static class KeyCommands
{
    /// <summary>The verb and its own verbs.</summary>
    public static Command Create() =>
        new("keys", "Makes, lists and revokes API keys, by which programs call the server.") { CreateVerb(), ListVerb(), RevokeVerb() };

    private static Command CreateVerb()
    {
        var account = AccountOption();
        var name = Arguments.Name("--name", "What to call the key, to tell it from others.", ApiKey.NameLimit);
        var scope = new Option<string>("--scope")
        {
            Description = "What the key may do; write includes read.",
            DefaultValueFactory = _ => "write",
        };
        scope.AcceptOnlyFromAmong("read", "write");
        var expiresIn = new Option<TimeSpan?>("--expires-in")
        {
            Description = "How long the key is valid, such as 12h or 90d (units s m h d). Without it the key does not expire.",
            HelpName = "time",
            CustomParser = Arguments.ParseDuration,
        };
        var verb = new Command(
            "create",
            """
            Makes an API key and prints it: one line, shown this once.

            Examples:
              BatchesApi keys create --account acme --name crm-sync
              BatchesApi keys create --account acme --name dashboard --scope read --expires-in 90d
            """)
        { account, name, scope, expiresIn };
        verb.SetAction((parsed, cancellation) => WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (keys, owner) =>
            {
                var (key, secret) = await keys.CreateKeyAsync(
                    owner,
                    parsed.GetRequiredValue(name),
                    parsed.GetValue(scope) == "read" ? Scope.Read : Scope.Write,
                    parsed.GetValue(expiresIn),
                    cancellation);
                await Console.Error.WriteLineAsync($"Made the key {key.Id}. Keep what follows safe; it is not shown again.");
                Console.WriteLine(secret);
                return 0;
            },
            cancellation));
        return verb;
    }

    private static Command ListVerb()
    {
        var account = AccountOption();
        var json = new Option<bool>("--json") { Description = "Prints a JSON array instead." };
        var verb = new Command(
            "list",
            """
            Lists the keys of an account, separated by tabs: id, first characters, name, scope, creation, expiry, revocation. Never the secret.

            Examples:
              BatchesApi keys list --account acme
              BatchesApi keys list --account acme --json
            """)
        { account, json };
        verb.SetAction((parsed, cancellation) => WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (keys, owner) =>
            {
                var list = await keys.ListKeysAsync(owner, cancellation);
                if (parsed.GetValue(json))
                {
                    PrintJson(list);
                    return 0;
                }
                foreach (var key in list)
                {
                    Console.WriteLine(string.Join('\t',
                        key.Id, key.Prefix, key.Name, Text(key.Scope), Rfc3339.ToText(key.CreatedAt), Text(key.ExpiresAt) ?? "-", Text(key.RevokedAt) ?? "-"));
                }
                return 0;
            },
            cancellation));
        return verb;
    }

    private static Command RevokeVerb()
    {
        var id = new Argument<string>("id") { Description = "The key's id, as 'keys list' shows it first." };
        var verb = new Command(
            "revoke",
            $"""
            Revokes an API key for good; servers refuse it within {CallerLookup.Freshness.TotalSeconds} seconds. Prints the id.

            Example:
              BatchesApi keys revoke 63a5b84c53e1218321c55572
            """)
        { id };
        verb.SetAction((parsed, cancellation) => AdminSession.WithKeysAsync(
            async keys =>
            {
                var value = parsed.GetRequiredValue(id);
                if (!await keys.RevokeKeyAsync(value, cancellation))
                    return await AdminSession.FailAsync($"There is no key '{value}'. The first column of 'keys list' has the ids.");
                Console.WriteLine(value);
                return 0;
            },
            cancellation));
        return verb;
    }

    private static Option<string> AccountOption() => Arguments.Name("--account", "The account's name.", Account.NameLimit);

    private static Task<int> WithAccountAsync(string name, Func<KeyRegister, Account, Task<int>> verb, CancellationToken cancellation) =>
        AdminSession.WithKeysAsync(
            async keys => await keys.FindAccountAsync(name, cancellation) is { } account
                ? await verb(keys, account)
                : await AdminSession.FailAsync($"There is no account '{name}'. Make it with 'accounts create --name {name}'."),
            cancellation);

    private static void PrintJson(IEnumerable<ApiKey> keys)
    {
        using var output = Console.OpenStandardOutput();
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JsonText.WriterOptions.Encoder, Indented = true });
        json.WriteStartArray();
        foreach (var key in keys)
        {
            json.WriteStartObject();
            json.WriteString("id", key.Id);
            json.WriteString("prefix", key.Prefix);
            json.WriteString("name", key.Name);
            json.WriteString("scope", Text(key.Scope));
            json.WriteString("createdAt", Rfc3339.ToText(key.CreatedAt));
            json.WriteString("expiresAt", Text(key.ExpiresAt));
            json.WriteString("revokedAt", Text(key.RevokedAt));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Flush();
        output.Write("\n"u8);
    }

    private static string Text(Scope scope) => scope == Scope.Write ? "write" : "read";

    private static string? Text(DateTime? instant) => instant is { } value ? Rfc3339.ToText(value) : null;
}
