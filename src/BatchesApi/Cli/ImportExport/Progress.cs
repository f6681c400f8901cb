using Spectre.Console;

namespace BatchesApi.Cli.ImportExport;

/// <summary>Shows the progress of a command on standard error, if that is a terminal.</summary>
internal static class Progress
{
    /// <param name="name">The name of the work.</param>
    /// <param name="total">The final value, or null if it is unknown.</param>
    /// <param name="work">Does the work, and reports its progress.</param>
    public static async Task<T> RunAsync<T>(string name, long? total, Func<Action<long>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
            return await work(_ => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        ProgressColumn[] columns = total is null
            ? [new TaskDescriptionColumn(), new SpinnerColumn(), new ElapsedTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        return await console.Progress().Columns(columns).StartAsync(async context =>
        {
            var task = context.AddTask(name, maxValue: total ?? double.MaxValue);
            return await work(value =>
            {
                task.Value = value;
                if (total is null)
                    task.Description = $"{name} {value:N0}";
            });
        });
    }
}
