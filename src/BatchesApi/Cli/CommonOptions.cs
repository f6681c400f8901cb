using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

/// <summary>Options that several verbs share.</summary>
internal static class CommonOptions
{
    /// <summary>A required option that takes a name.</summary>
    /// <param name="option">The option, such as <c>--name</c>.</param>
    /// <param name="description">What it names.</param>
    /// <param name="limit">Most characters.</param>
    public static Option<string> Name(string option, string description, int limit)
    {
        var name = new Option<string>(option) { Description = description, Required = true, HelpName = "name" };
        LimitName(name, limit);
        return name;
    }

    /// <summary>The option that names the account.</summary>
    public static Option<string> Account() => Name("--account", "The account's name.", Domain.Account.MaxNameLength);

    /// <summary>The option that says what a credential may do.</summary>
    /// <param name="what">What the credential is called.</param>
    public static Option<string> Scope(string what)
    {
        var scope = new Option<string>("--scope")
        {
            Description = $"What the {what} may do; write includes read.",
            DefaultValueFactory = _ => "write",
        };
        scope.AcceptOnlyFromAmong("read", "write");
        return scope;
    }

    /// <summary>The value of <see cref="Scope"/>.</summary>
    public static Scope GetScope(ParseResult parsed, Option<string> scope) => parsed.GetValue(scope) == "read" ? Domain.Scope.Read : Domain.Scope.Write;

    /// <summary>The option to print for programs.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Prints a JSON array instead." };

    /// <summary>Refuses values that cannot be a name: blank, too long, or with control characters, which would break lists.</summary>
    public static void LimitName(Option<string> option, int limit) => option.Validators.Add(result =>
    {
        if (result.Tokens.SingleOrDefault()?.Value is { } text
            && (string.IsNullOrWhiteSpace(text) || text.Length > limit || text.Any(char.IsControl)))
        {
            result.AddError($"{option.Name} must be 1 to {limit} characters, not blank and without control characters.");
        }
    });

    /// <summary>Reads a time such as <c>90d</c>: a whole number above zero and one of the units s, m, h and d.</summary>
    public static TimeSpan? ParseDuration(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        TimeSpan? unit = text.Length == 0 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };

        // Beyond this it would outlast the calendar.
        var max = TimeSpan.FromDays(36_500);
        if (unit is { } one
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number <= max / one)
        {
            return number * one;
        }
        result.AddError($"'{text}' is no time; give a whole number and a unit (s m h d), at most {max.TotalDays}d, such as 90d.");
        return null;
    }
}
