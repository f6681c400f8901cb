using System.CommandLine;
using System.CommandLine.Parsing;
using BatchesApi.Cli.ImportExport;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

/// <summary>The command line of the operator (specification, section 7). Only results go to standard output; everything else goes to
/// standard error.</summary>
internal static class Commands
{
    /// <summary>The exit code of a command that failed.</summary>
    public const int Failed = 1;

    /// <summary>The exit code if the arguments are invalid.</summary>
    public const int InvalidUsage = 2;

    /// <summary>Whether all arguments are settings, such as <c>--urls http://localhost:5000</c> or <c>--Requests:Strict=false</c>, so that
    /// the server runs.</summary>
    public static bool AreSettings(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i].Split('=')[0];
            var isSetting = name.Contains(':') || name is "--urls" or "--environment" or "--contentRoot";
            if (!isSetting || !name.StartsWith("--", StringComparison.Ordinal))
                return false;
            if (name == arguments[i] && (++i == arguments.Length || arguments[i].StartsWith("--", StringComparison.Ordinal)))
                return false;
        }
        return true;
    }

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        // Arguments are literal: neither @file nor [directive] has a meaning.
        var root = CreateRoot();
        root.Directives.Clear();
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in DescribeErrors(parsed))
                await Console.Error.WriteLineAsync(error);
            await Console.Error.WriteLineAsync($"See '{GetPath(parsed.CommandResult)} --help'.");
            return InvalidUsage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Creates the root command with all commands.</summary>
    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            """
            Batches API: a self-hosted server for batches of leads and opportunities.
            Without a command it runs the server. Settings are environment variables, such as ConnectionStrings__Batches.
            """)
        {
            MigrateCommand.Create(),
            AccountCommands.Create(),
            KeyCommands.Create(),
            UserCommands.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            PurgeCommand.Create(),
            ReadyCommand.Create(),
        };
        CliCommand.ShowDetails(root);
        return root;
    }

    /// <summary>Describes what is wrong with the arguments, with suggestions for misspelled commands and options.</summary>
    internal static IEnumerable<string> DescribeErrors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
        {
            // Nothing after an unknown command can be interpreted.
            return parsed.UnmatchedTokens is [var first, ..]
                ? [$"Unknown {(IsOption(first) ? "option" : "command")} '{first}'.{Suggest(first, command)}"]
                : [$"A command is required: {string.Join(", ", command.Subcommands.Select(subcommand => subcommand.Name))}."];
        }
        return parsed.Errors.Select(error => parsed.UnmatchedTokens.FirstOrDefault(token => IsAbout(error, token)) is { } option
            ? $"Unknown option '{option}'.{Suggest(option, command)}"
            : error.Message);
    }

    private static bool IsAbout(ParseError error, string token) =>
        IsOption(token) && error.Message.Contains($"'{token}'", StringComparison.Ordinal);

    private static string Suggest(string text, Command command)
    {
        if (command is RootCommand && text is "serve" or "server" or "start" or "run")
            return " Without a command the server runs.";
        var known = (IsOption(text) ? command.Options.Select(option => option.Name) : command.Subcommands.Select(c => c.Name)).ToList();
        var dashes = IsOption(text) ? "--" : "";
        var nearest = Suggestion.FindNearest(text.TrimStart('-'), known.Select(name => name.TrimStart('-'))) is { } similar
            ? dashes + similar
            : known.Find(name => IsStart(name, text) || IsStart(text, name));
        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>Whether a text of at least three characters begins another one.</summary>
    private static bool IsStart(string start, string text) =>
        start.Length >= 3 && text.StartsWith(start, StringComparison.OrdinalIgnoreCase);

    private static bool IsOption(string text) => text.StartsWith('-');

    private static string GetPath(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{GetPath(parent)} {command.Command.Name}" : command.Command.Name;
}
