using System.CommandLine;

namespace BatchesApi.Admin;

/// <summary>The command line of the operator: every verb (contract, section 7). Results go to standard output, alone; all else to
/// standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.</summary>
internal static class Commands
{
    /// <summary>Exit code where a verb could not do its work.</summary>
    public const int Failed = 1;

    /// <summary>Exit code where the arguments are wrong.</summary>
    public const int WrongUsage = 2;

    /// <summary>Whether the arguments are for a verb; without one they are settings, and the server runs.</summary>
    public static bool AreFor(string[] arguments) =>
        arguments.Length > 0 && (!arguments[0].StartsWith("--", StringComparison.Ordinal) || arguments[0] is "--help" or "--version");

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
            Maintenance.Ready(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync($"See '{parsed.CommandResult.Command.Name} --help'.");
            return WrongUsage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }
}
