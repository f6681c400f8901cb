using System.CommandLine;
using System.CommandLine.Parsing;
using BatchesApi.Cli.ImportExport;

namespace BatchesApi.Cli;

/// <summary>The command line of the operator: every verb (specification, section 7). Results go to standard output, alone; all else to
/// standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.</summary>
internal static class Commands
{
    /// <summary>Exit code where a verb could not do its work.</summary>
    public const int Failed = 1;

    /// <summary>Exit code where the arguments are wrong.</summary>
    public const int WrongUsage = 2;

    /// <summary>Whether the arguments are all settings, such as <c>--urls http://localhost:5000</c> or <c>--Requests:Strict=false</c>, so that
    /// the server runs.</summary>
    public static bool AreSettings(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i].Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':') || name is "--urls" or "--environment" or "--contentRoot"))
                return false;
            if (name == arguments[i] && (++i == arguments.Length || arguments[i].StartsWith("--", StringComparison.Ordinal)))
                return false;
        }
        return true;
    }

    /// <summary>Runs the verb.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand(
            """
            Batches API: a self-hosted server for batches of leads and opportunities.
            Without a verb it serves; settings come from the environment, such as ConnectionStrings__Batches.
            """)
        {
            Maintenance.Migrate(),
            AccountCommands.Create(),
            KeyCommands.Create(),
            UserCommands.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            PurgeCommand.Create(),
            Maintenance.Ready(),
        };

        // Words mean what they say: no @file is read in their place, and no [directive] changes what happens.
        root.Directives.Clear();
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync($"See '{GetPath(parsed.CommandResult)} --help'.");
            return WrongUsage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static string GetPath(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{GetPath(parent)} {command.Command.Name}" : command.Command.Name;
}
