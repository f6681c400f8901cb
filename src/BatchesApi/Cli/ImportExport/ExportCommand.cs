using System.CommandLine;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

/// <summary>The verb <c>export</c>.</summary>
internal static class ExportCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var account = CommonOptions.Account();
        var after = new Option<string>("--after") { Description = "Goes on after the batch with this id, the last of an export that was interrupted.", HelpName = "id" };
        after.Validators.Add(result =>
        {
            if (result.Tokens.SingleOrDefault()?.Value is { } id && !ObjectIdGenerator.IsValid(id))
                result.AddError($"'{id}' is no id.");
        });
        var command = new Command(
            "export",
            """
            Writes all batches of an account to standard output, deleted ones too, one in JSON a line (NDJSON), in the order of their ids.

            Examples:
              BatchesApi export --account acme > batches.ndjson
              BatchesApi export --account acme --after 63a5b84c53e1218321c55572 >> batches.ndjson
            """)
        { account, after };
        command.SetAction((parsed, cancellation) => CommandSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            async (session, owner) =>
            {
                await using var output = Console.OpenStandardOutput();
                var count = await Progress.RunAsync(
                    "Exporting", total: null, progress => BatchExporter.ExportAsync(session.Source, owner.Id, parsed.GetValue(after), output, progress, cancellation));
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Exported {count}."));
                return 0;
            },
            cancellation,
            writes: false));
        return command;
    }
}
