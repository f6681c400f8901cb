using System.Diagnostics;
using System.Globalization;

namespace BatchesApi.Load;

/// <summary>Measures an export beside PostgreSQL's own way to take the same rows out.</summary>
internal static class Export
{
    /// <summary>Measures, and prints the times.</summary>
    /// <param name="server">The connection string of a role that may create databases.</param>
    /// <param name="rows">Records in the account that is exported.</param>
    /// <param name="rounds">Rounds, of which the medians are told.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task<int> RunAsync(string server, long rows, int rounds, CancellationToken cancellation)
    {
        var binary = await Binaries.PublishServerAsync(cancellation);
        var database = await SeededDatabase.OpenAsync(server, rows, cancellation);
        var file = Path.GetTempFileName();
        var (ours, theirs, memory) = (new List<double>(), new List<double>(), 0L);
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                var clock = Stopwatch.StartNew();
                await LoadTools.RunAsync(
                    "psql", [.. database.Arguments, "-c", $"\\copy (SELECT * FROM batches WHERE account_id = {database.Account} ORDER BY id) TO '{file}'"], cancellation);
                theirs.Add(clock.Elapsed.TotalSeconds);

                clock.Restart();
                var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"{binary}\" export --account measured > \"{file}\""]) { RedirectStandardError = true };
                start.Environment["ConnectionStrings__Batches"] = database.ConnectionString;
                using var export = Process.Start(start)!;
                var count = export.StandardError.ReadToEndAsync(cancellation);
                while (!export.WaitForExit(20))
                {
                    export.Refresh();
                    memory = Math.Max(memory, export.HasExited ? 0 : export.WorkingSet64);
                }
                if (export.ExitCode != 0)
                    throw new InvalidOperationException(await count);
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
            | `psql \copy` | {Median.Of(theirs):0.0} |
            | `export` | {Median.Of(ours):0.0} |
            | speed of `export`, of that of `\copy` | {Median.Of(theirs) / Median.Of(ours):0.00} |
            | its most memory (RSS), MB | {memory / 1e6:0} |
            """));
        return 0;
    }
}
