using Spectre.Console;

namespace BatchesApi.Cli.ImportExport;

/// <summary>Shows how far a verb has come, on standard error, where that is a terminal.</summary>
internal static class Progress
{
    /// <summary>Runs work that tells how far it has come.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="total">How far it goes; null where nobody knows.</param>
    /// <param name="work">The work.</param>
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
