using System.Diagnostics;
using System.Globalization;

namespace BatchesApi.Load;

/// <summary>Compares an export with PostgreSQL's <c>\copy</c> of the same rows.</summary>
internal static class Export
{
    /// <summary>Measures and prints the times.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="rows">The number of batches in the exported account.</param>
    /// <param name="rounds">The number of rounds whose medians are printed.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task<int> RunAsync(string server, long rows, int rounds, CancellationToken cancellation)
    {
        var binary = await Binaries.PublishServerAsync(cancellation);
        var database = await SeededDatabase.OpenAsync(server, binary, rows, cancellation);
        var file = Path.GetTempFileName();
        var (ours, theirs, memory) = (new List<double>(), new List<double>(), 0L);
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                var clock = Stopwatch.StartNew();
                var copy = $"\\copy (SELECT * FROM batches WHERE account_id = {database.Account} ORDER BY id) TO '{file}'";
                await LoadTools.RunAsync("psql", ["-c", copy], cancellation, database.Environment);
                theirs.Add(clock.Elapsed.TotalSeconds);

                clock.Restart();
                var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"{binary}\" export --account measured > \"{file}\""])
                {
                    RedirectStandardError = true,
                };
                start.Environment["ConnectionStrings__Batches"] = database.ConnectionString;
                using var export = Process.Start(start)!;
                var errors = export.StandardError.ReadToEndAsync(cancellation);
                while (!export.WaitForExit(20))
                {
                    export.Refresh();
                    memory = Math.Max(memory, export.HasExited ? 0 : export.WorkingSet64);
                }
                if (export.ExitCode != 0)
                    throw new InvalidOperationException(await errors);
                ours.Add(clock.Elapsed.TotalSeconds);
            }
        }
        finally
        {
            File.Delete(file);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            | {rows:N0} batches | s |
            | --- | ---: |
            | `psql \copy` | {Median.From(theirs):0.0} |
            | `export` | {Median.From(ours):0.0} |
            | speed of `export` / `\copy` | {Median.From(theirs) / Median.From(ours):0.00} |
            | maximum memory of `export` (RSS), MB | {memory / 1e6:0} |
            """));
        return 0;
    }
}
