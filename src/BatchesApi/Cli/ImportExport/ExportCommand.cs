using System.CommandLine;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

internal static class ExportCommand
{
    public static Command Create()
    {
        var account = CommonOptions.Account();
        var after = new Option<string>("--after")
        {
            Description = "Continues an interrupted export after the batch with this id.",
            HelpName = "id",
        };
        after.Validators.Add(result =>
        {
            if (result.Tokens.SingleOrDefault()?.Value is { } id && !ObjectIdGenerator.IsValid(id))
                result.AddError($"'{id}' is not a valid id.");
        });
        var format = CommonOptions.Format();
        var command = new CliCommand(
            "export",
            "Exports all batches of an account.",
            """
            Writes one JSON object per line (NDJSON) to standard output, including deleted batches, in the order of their ids. With
            '--format csv', writes a header and one record per batch; '--after' leaves the header out.

            Examples:
              BatchesApi export --account acme > batches.ndjson
              BatchesApi export --account acme --format csv > batches.csv
              BatchesApi export --account acme --after 63a5b84c53e1218321c55572 >> batches.ndjson
            """)
        { account, after, format };
        command.SetAction((parsed, cancellation) => CommandSession.RunForAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) =>
            {
                await using var output = Console.OpenStandardOutput();
                var count = await Progress.RunAsync(
                    "Exporting",
                    total: null,
                    progress => new BatchExporter(
                        session.Source, session.Replicas, parsed.GetValue(format), output, progress, Console.Error.WriteLine)
                        .ExportAsync(owner.Id, parsed.GetValue(after), cancellation));
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Exported {count}."));
                return 0;
            },
            cancellation,
            writes: false));
        return command;
    }
}
