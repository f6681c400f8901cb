using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

internal static class ImportCommand
{
    /// <summary>Number of lines per transaction with <c>--continue</c>.</summary>
    private const int ChunkSize = 10_000;

    /// <summary>Maximum number of lines that are parsed before they are copied.</summary>
    private const int MaxReadAhead = 1_000;

    /// <summary>Number of bytes of CSV to read at a time.</summary>
    private const int CsvBufferBytes = 256 * 1024;

    /// <summary>Maximum number of errors on standard error; the report contains all.</summary>
    private const int MaxPrintedErrors = 100;

    public static Command Create()
    {
        var account = CommonOptions.Account();
        var file = new Argument<FileInfo?>("file")
        {
            Description = "The file, as 'export' writes it: one JSON object per line (NDJSON), or CSV. Without it, standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var continueOnError = new Option<bool>("--continue")
        {
            Description = "Skips rejected lines. Without it, one rejected line is enough to import nothing.",
        };
        var report = new Option<FileInfo>("--report")
        {
            Description = "Writes every rejected line with its errors to this file, as NDJSON.",
            HelpName = "file",
        };
        var format = CommonOptions.Format();
        var command = new CliCommand(
            "import",
            "Imports batches into an account.",
            """
            Ids, times and versions in the file are kept. Identical batches are skipped, so an interrupted import can be re-run.
            Prints the number of imported batches. Fails if a line is rejected. The first line of CSV has the names of the fields; an
            empty cell means no value.

            Examples:
              BatchesApi import --account acme batches.ndjson
              BatchesApi import --account acme --continue --report rejected.ndjson batches.ndjson
              BatchesApi import --account acme --format csv batches.csv
              zcat batches.ndjson.gz | BatchesApi import --account acme
            """)
        { account, file, format, continueOnError, report };
        command.SetAction((parsed, cancellation) => CommandSession.RunForAccountAsync(
            parsed.GetRequiredValue(account),
            (session, owner) => RunAsync(
                session,
                owner,
                parsed.GetValue(file),
                parsed.GetValue(format),
                parsed.GetValue(report),
                parsed.GetValue(continueOnError),
                cancellation),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandSession session,
        Account owner,
        FileInfo? file,
        FileFormat format,
        FileInfo? report,
        bool continueOnError,
        CancellationToken cancellation)
    {
        await using var input = file is null ? Console.OpenStandardInput() : file.OpenRead();
        await using var reportFile = report is null ? null : new StreamWriter(report.Open(FileMode.Create), new UTF8Encoding(false));
        await using var importer = await BatchImporter.OpenAsync(session.Source, owner.Id, cancellation);
        var errorCount = 0;
        void Reject(long line, ValidationErrors errors)
        {
            reportFile?.WriteLine(ToJson(line, errors).ToJsonString(JsonOutput.NodeOptions));
            foreach (var (name, messages) in errors)
            {
                foreach (var message in messages)
                {
                    var subject = name == ImportLineParser.WholeLine ? "" : $"{name} ";
                    if (errorCount++ < MaxPrintedErrors)
                        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {subject}{message}"));
                }
            }
        }

        var result = await Progress.RunAsync("Importing", file?.Length, async progress =>
        {
            var all = format == FileFormat.Csv
                ? ReadCsv(input, owner.Id, progress).ToAsyncEnumerable()
                : ReadAsync(input, owner.Id, progress, cancellation);
            var lines = ReadAheadAsync(all, cancellation);
            if (!continueOnError)
                return await importer.ImportAsync(lines, withoutRejected: false, Reject, cancellation);

            var total = default(ImportResult);
            await foreach (var chunk in lines.Chunk(ChunkSize).WithCancellation(cancellation))
            {
                var part = await importer.ImportAsync(chunk.ToAsyncEnumerable(), withoutRejected: true, Reject, cancellation);
                total = new ImportResult(total.Imported + part.Imported, total.Skipped + part.Skipped, total.Rejected + part.Rejected);
            }
            return total;
        });

        if (errorCount > MaxPrintedErrors)
            await Console.Error.WriteLineAsync($"And {errorCount - MaxPrintedErrors} more errors.");
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Imported {result.Imported}, skipped {result.Skipped}, rejected {result.Rejected}."));
        Console.WriteLine(result.Imported);
        if (result.Imported > 0)
            await importer.AnalyzeAsync(cancellation);
        return result.Rejected == 0 ? 0 : Commands.Failed;
    }

    private static async IAsyncEnumerable<ImportLine> ReadAsync(
        Stream input, int accountId, Action<long> progress, [EnumeratorCancellation] CancellationToken cancellation)
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

    private static IEnumerable<ImportLine> ReadCsv(Stream input, int accountId, Action<long> progress)
    {
        var ids = new ObjectIdGenerator(TimeProvider.System);
        using var text = new StreamReader(input, new UTF8Encoding(false, throwOnInvalidBytes: true), bufferSize: CsvBufferBytes);
        foreach (var line in ImportLineParser.ParseCsv(text, accountId, ids, TimeProvider.System))
        {
            if (input.CanSeek)
                progress(input.Position);
            yield return line;
        }
    }

    /// <summary>Reads and parses further lines on another thread while the caller copies.</summary>
    private static async IAsyncEnumerable<ImportLine> ReadAheadAsync(
        IAsyncEnumerable<ImportLine> lines, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<ImportLine>(
            new BoundedChannelOptions(MaxReadAhead) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(async () =>
        {
            try
            {
                await foreach (var line in lines.WithCancellation(stop.Token))
                    await channel.Writer.WriteAsync(line, stop.Token);
                channel.Writer.Complete();
            }
            catch (Exception exception)
            {
                channel.Writer.Complete(exception);
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var line in channel.Reader.ReadAllAsync(cancellation))
                yield return line;
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private static JsonObject ToJson(long line, ValidationErrors errors) => new()
    {
        ["line"] = line,
        ["errors"] = new JsonObject(errors.Select(error => KeyValuePair.Create<string, JsonNode?>(
            error.Key, new JsonArray([.. error.Value.Select(message => JsonValue.Create(message))])))),
    };
}
