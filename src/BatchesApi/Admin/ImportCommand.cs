using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;
using BatchesApi.Transfer;

namespace BatchesApi.Admin;

/// <summary>The verb <c>import</c>.</summary>
internal static class ImportCommand
{
    /// <summary>Lines that are imported together where rejected ones do not keep the rest out.</summary>
    private const int ChunkSize = 10_000;

    /// <summary>Rejected lines that are told on standard error; the report has all.</summary>
    private const int MostTold = 100;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var account = Arguments.Account();
        var file = new Argument<FileInfo?>("file")
        {
            Description = "The file, one batch in JSON a line (NDJSON), as 'export' writes it; standard input without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var goOn = new Option<bool>("--continue") { Description = "Imports the rest where lines are rejected. Without it nothing is imported then." };
        var report = new Option<FileInfo>("--report") { Description = "A file that gets every rejected line with its faults, as NDJSON.", HelpName = "file" };
        var verb = new Command(
            "import",
            """
            Brings batches into an account. Ids, times and versions are kept where the lines have them. What is there already, value for value, is left
            alone, so that an import that was interrupted can be run again. Prints how many batches were imported. Fails if a line is rejected.

            Examples:
              BatchesApi import --account acme batches.ndjson
              BatchesApi import --account acme --continue --report rejected.ndjson batches.ndjson
              zcat batches.ndjson.gz | BatchesApi import --account acme
            """)
        { account, file, goOn, report };
        verb.SetAction((parsed, cancellation) => AdminSession.WithAccountAsync(
            parsed.GetRequiredValue(account),
            (session, owner) => RunAsync(session, owner, parsed.GetValue(file), parsed.GetValue(report), parsed.GetValue(goOn), cancellation),
            cancellation));
        return verb;
    }

    private static async Task<int> RunAsync(
        AccountSession session, Account owner, FileInfo? file, FileInfo? report, bool goOn, CancellationToken cancellation)
    {
        await using var input = file is null ? Console.OpenStandardInput() : file.OpenRead();
        await using var rejected = report is null ? null : new StreamWriter(report.Open(FileMode.Create), new UTF8Encoding(false));
        await using var importer = await BatchImporter.OpenAsync(session.Source, owner.Id, cancellation);
        var told = 0;
        void Reject(long line, Faults faults)
        {
            rejected?.WriteLine(ToJson(line, faults).ToJsonString(JsonText.NodeOptions));
            foreach (var (name, messages) in faults)
            {
                foreach (var message in messages)
                {
                    if (told++ < MostTold)
                        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {(name == ImportedLine.Whole ? "" : $"{name} ")}{message}"));
                }
            }
        }

        var result = await Progress.RunAsync("Importing", file?.Length, async progress =>
        {
            var lines = ReadAsync(input, owner.Id, progress, cancellation);
            if (!goOn)
                return await importer.ImportAsync(lines, withoutRejected: false, Reject, cancellation);

            var total = default(ImportResult);
            await foreach (var chunk in lines.Chunk(ChunkSize).WithCancellation(cancellation))
            {
                var (imported, known, refused) = await importer.ImportAsync(chunk.ToAsyncEnumerable(), withoutRejected: true, Reject, cancellation);
                total = new ImportResult(total.Imported + imported, total.Known + known, total.Rejected + refused);
            }
            return total;
        });

        if (told > MostTold)
            await Console.Error.WriteLineAsync($"And {told - MostTold} more faults.");
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Imported {result.Imported}, already there {result.Known}, rejected {result.Rejected}."));
        Console.WriteLine(result.Imported);
        if (result.Imported > 0)
            await importer.AnalyzeAsync(cancellation);
        return result.Rejected == 0 ? 0 : Commands.Failed;
    }

    private static async IAsyncEnumerable<ImportedLine> ReadAsync(
        Stream input, int accountId, Action<long> progress, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var ids = new ObjectId(TimeProvider.System);
        var bytes = 0L;
        await foreach (var (number, line) in Lines.ReadAsync(input, cancellation))
        {
            bytes += line.Length + 1;
            if (number % 1_000 == 0)
                progress(bytes);
            yield return ImportedLine.Read(number, line, accountId, ids, TimeProvider.System.Now());
        }
        progress(bytes);
    }

    private static JsonObject ToJson(long line, Faults faults) => new()
    {
        ["line"] = line,
        ["errors"] = new JsonObject(faults.Select(fault => KeyValuePair.Create<string, JsonNode?>(
            fault.Key, new JsonArray([.. fault.Value.Select(message => JsonValue.Create(message))])))),
    };
}
