using System.CommandLine;
using System.CommandLine.Parsing;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    /// <summary>Creates a required option for a name.</summary>
    /// <param name="option">The option, such as <c>--name</c>.</param>
    /// <param name="description">The description.</param>
    /// <param name="maxLength">The maximum number of characters.</param>
    public static Option<string> Name(string option, string description, int maxLength)
    {
        var name = new Option<string>(option) { Description = description, Required = true, HelpName = "name" };
        AddNameValidator(name, maxLength);
        return name;
    }

    public static Option<string> Account() => Name("--account", "The name of the account.", Domain.Account.MaxNameLength);

    /// <param name="credential">The kind of credential, such as <c>key</c>.</param>
    public static Option<string> Scope(string credential)
    {
        var scope = new Option<string>("--scope")
        {
            Description = $"The scope of the {credential}; write includes read, and admin includes write.",
            DefaultValueFactory = _ => Domain.Scope.Write.ToText(),
        };
        scope.AcceptOnlyFromAmong([.. Enum.GetValues<Scope>().Select(value => value.ToText())]);
        return scope;
    }

    /// <param name="credential">The kind of credential, such as <c>key</c>.</param>
    public static Option<string> Policy(string credential)
    {
        var policy = new Option<string>("--policy")
        {
            Description = $"Conditions on every batch that the {credential} reads or writes, a JSON object as in the list parameter p.",
            HelpName = "json",
        };
        policy.Validators.Add(result =>
        {
            var errors = new ValidationErrors();
            KeyPolicy.Parse(result.Tokens.SingleOrDefault()?.Value, errors);
            foreach (var (path, messages) in errors)
                result.AddError($"--{path}: {string.Join(' ', messages)}");
        });
        return policy;
    }

    /// <summary>Rejects the scope admin together with a policy.</summary>
    public static void AddAdminPolicyValidator(
        Command command, Option<string> scope, Option<string> policy) => command.Validators.Add(result =>
    {
        if (result.GetResult(policy) is not null && result.GetValue(scope) == Domain.Scope.Admin.ToText())
            result.AddError("A credential with a policy cannot have the scope admin. Use the scope write, or omit --policy.");
    });

    /// <summary>A policy for lists, without the white space that the operator used.</summary>
    public static string? FormatPolicy(string? policy) =>
        MongoFilterParser.ToJson(policy)?.ToJsonString(JsonOutput.NodeOptions);

    public static Scope GetScope(ParseResult parsed, Option<string> scope) => Scopes.Parse(parsed.GetRequiredValue(scope));

    /// <summary>The format of a file, NDJSON by default.</summary>
    public static Option<FileFormat> Format()
    {
        var format = new Option<FileFormat>("--format")
        {
            Description = "The format of the file.",
            HelpName = "ndjson|csv",
            DefaultValueFactory = _ => FileFormat.Ndjson,
        };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        return format;
    }

    public static Option<bool> Json() => new("--json") { Description = "Prints a JSON array." };

    /// <summary>Rejects blank and too long names, and control characters, which would break the output of lists.</summary>
    public static void AddNameValidator(Option<string> option, int maxLength) => option.Validators.Add(result =>
    {
        if (result.Tokens.SingleOrDefault()?.Value is { } text
            && (string.IsNullOrWhiteSpace(text) || text.Length > maxLength || text.Any(char.IsControl)))
        {
            result.AddError($"{option.Name} must be 1 to {maxLength} characters, not blank and without control characters.");
        }
    });

    /// <summary>Parses a duration such as <c>90d</c>: a positive integer and one of the units s, m, h and d.</summary>
    public static TimeSpan? ParseDuration(ArgumentResult result)
    {
        // Stay within the range of DateTime.
        var max = TimeSpan.FromDays(36_500);
        var text = result.Tokens[0].Value;
        if (Duration.Parse(text, max) is { } duration)
            return duration;
        result.AddError(
            $"'{text}' is not a valid duration. Use a whole number and a unit (s, m, h, d), such as 90d; the maximum is {max.TotalDays}d.");
        return null;
    }
}
