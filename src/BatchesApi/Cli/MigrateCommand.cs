using System.CommandLine;
using BatchesApi.Hosting;

namespace BatchesApi.Cli;

internal static class MigrateCommand
{
    public static Command Create()
    {
        var command = new CliCommand(
            "migrate",
            "Applies the database migrations.",
            """
            The server also does this at startup; use it if you deploy migrations separately.

            Example:
              ConnectionStrings__Batches='Host=db;Database=batches;Username=batches;Password=…' BatchesApi migrate
            """);
        command.SetAction((_, cancellation) => CommandSession.RunOnAnyVersionAsync(
            async (db, source) =>
            {
                var applied = await MigrationService.MigrateAsync(db, source, Console.Error.WriteLine, cancellation);
                await Console.Error.WriteLineAsync(applied == 0 ? "The database is up to date." : $"Applied {applied} migration(s).");
                return 0;
            },
            cancellation));
        return command;
    }
}
