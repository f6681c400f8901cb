using System.Diagnostics;
using System.Text.Json;

namespace BatchesApi.Load;

/// <summary>Measures the import of a file into an empty database.</summary>
internal static class Import
{
    private const string Account = "measured";

    /// <summary>Imports the file into a new database, and removes that.</summary>
    /// <returns>The time in s.</returns>
    public static async Task<double> MeasureAsync(string server, string binary, string file, CancellationToken cancellation)
    {
        const string Name = "batches_load_import";
        await SeededDatabase.DropAsync(server, Name, cancellation);
        var commands = new ServerCommands(binary, (await SeededDatabase.CreateEmptyAsync(server, Name, cancellation))!);
        await commands.MigrateAsync(cancellation);
        await commands.CreateAccountAsync(Account, cancellation);
        var clock = Stopwatch.StartNew();
        await commands.ImportAsync(Account, file, cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        await SeededDatabase.DropAsync(server, Name, cancellation);
        return seconds;
    }

    /// <summary>Writes batches as NDJSON, as <c>export</c> does.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rows">The number of batches.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task WriteFileAsync(string file, long rows, CancellationToken cancellation)
    {
        var names = SeedRows.Columns.Split(", ").Select(ToName).ToArray();
        await using var stream = File.Create(file);
        foreach (var row in SeedRows.Make(account: 1, rows))
        {
            var batch = names.Zip(row)
                .Where(field => field.First != "accountId")
                .ToDictionary(field => field.First, field => field.Second);
            await JsonSerializer.SerializeAsync(stream, batch, cancellationToken: cancellation);
            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>The name in JSON of a column, such as <c>batchCode</c> of <c>batch_code</c>.</summary>
    private static string ToName(string column)
    {
        var words = column.Split('_');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
