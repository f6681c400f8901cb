using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace BatchesApi.Cli;

/// <summary>A command with a description of one line for lists of commands, and details that only its own help shows.</summary>
internal sealed class CliCommand(string name, string description, string details) : Command(name, description)
{
    private string Details => details;

    /// <summary>Makes the help of commands show their details.</summary>
    public static void ShowDetails(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new DetailedHelpAction((HelpAction)option.Action!);
    }

    /// <summary>System.CommandLine shows the same description in lists and in help, so this changes it before it prints the help.</summary>
    private sealed class DetailedHelpAction(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => help.ClearsParseErrors;

        public override int Invoke(ParseResult parsed)
        {
            if (parsed.CommandResult.Command is CliCommand command)
                command.Description = $"{command.Description}\n{command.Details}";
            return help.Invoke(parsed);
        }
    }
}
