using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

/// <summary>The verb <c>import</c>.</summary>
internal static class ImportCommand
{
    /// <summary>Lines that are imported together where rejected ones do not keep the rest out.</summary>
    private const int ChunkSize = 10_000;

    /// <summary>Rejected lines that are told on standard error; the report has all.</summary>
    private const int MaxPrintedErrors = 100;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var account = CommonOptions.Account();
        var file = new Argument<FileInfo?>("file")
        {
            Description = "The file, one batch in JSON a line (NDJSON), as 'export' writes it; standard input without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var continueOnError = new Option<bool>("--continue") { Description = "Imports the rest where lines are rejected. Without it nothing is imported then." };
        var report = new Option<FileInfo>("--report") { Description = "A file that gets every rejected line with its faults, as NDJSON.", HelpName = "file" };
        var command = new Command(
            "import",
            """
            Brings batches into an account. Ids, times and versions are kept where the lines have them. What is there already, value for value, is left
            alone, so that an import that was interrupted can be run again. Prints how many batches were imported. Fails if a line is rejected.

            Examples:
              BatchesApi import --account acme batches.ndjson
              BatchesApi import --account acme --continue --report rejected.ndjson batches.ndjson
              zcat batches.ndjson.gz | BatchesApi import --account acme
            """)
        { account, file, continueOnError, report };
        command.SetAction((parsed, cancellation) => CommandSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            (session, owner) => RunAsync(session, owner, parsed.GetValue(file), parsed.GetValue(report), parsed.GetValue(continueOnError), cancellation),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        AccountSession session, Account owner, FileInfo? file, FileInfo? report, bool continueOnError, CancellationToken cancellation)
    {
        await using var input = file is null ? Console.OpenStandardInput() : file.OpenRead();
        await using var rejected = report is null ? null : new StreamWriter(report.Open(FileMode.Create), new UTF8Encoding(false));
        await using var importer = await BatchImporter.OpenAsync(session.Source, owner.Id, cancellation);
        var count = 0;
        void Reject(long line, ValidationErrors errors)
        {
            rejected?.WriteLine(ToJson(line, errors).ToJsonString(JsonOutput.NodeOptions));
            foreach (var (name, messages) in errors)
            {
                foreach (var message in messages)
                {
                    if (count++ < MaxPrintedErrors)
                        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {(name == ImportLineParser.WholeLine ? "" : $"{name} ")}{message}"));
                }
            }
        }

        var result = await Progress.RunAsync("Importing", file?.Length, async progress =>
        {
            var lines = ReadAsync(input, owner.Id, progress, cancellation);
            if (!continueOnError)
                return await importer.ImportAsync(lines, withoutRejected: false, Reject, cancellation);

            var total = default(ImportResult);
            await foreach (var chunk in lines.Chunk(ChunkSize).WithCancellation(cancellation))
            {
                var (imported, known, refused) = await importer.ImportAsync(chunk.ToAsyncEnumerable(), withoutRejected: true, Reject, cancellation);
                total = new ImportResult(total.Imported + imported, total.Skipped + known, total.Rejected + refused);
            }
            return total;
        });

        if (count > MaxPrintedErrors)
            await Console.Error.WriteLineAsync($"And {count - MaxPrintedErrors} more faults.");
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Imported {result.Imported}, already there {result.Skipped}, rejected {result.Rejected}."));
        Console.WriteLine(result.Imported);
        if (result.Imported > 0)
            await importer.AnalyzeAsync(cancellation);
        return result.Rejected == 0 ? 0 : Commands.Failed;
    }

    private static async IAsyncEnumerable<ImportLine> ReadAsync(
        Stream input, int accountId, Action<long> progress, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var ids = new ObjectIdGenerator(TimeProvider.System);
        var bytes = 0L;
        await foreach (var (number, line) in NdjsonReader.ReadAsync(input, cancellation))
        {
            bytes += line.Length + 1;
            if (number % 1_000 == 0)
                progress(bytes);
            yield return ImportLineParser.Parse(number, line, accountId, ids, TimeProvider.System.GetUtcNowMicroseconds());
        }
        progress(bytes);
    }

    private static JsonObject ToJson(long line, ValidationErrors errors) => new()
    {
        ["line"] = line,
        ["errors"] = new JsonObject(errors.Select(error => KeyValuePair.Create<string, JsonNode?>(
            error.Key, new JsonArray([.. error.Value.Select(message => JsonValue.Create(message))])))),
    };
}
