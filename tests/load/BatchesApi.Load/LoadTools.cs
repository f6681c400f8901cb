using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.Load;

/// <summary>What a run of a load tool tells.</summary>
/// <param name="PerSecond">Requests, or transactions, per second.</param>
/// <param name="P50">Their median latency, in ms.</param>
/// <param name="P99">The latency that one of a hundred exceeds, in ms; null where the tool does not tell.</param>
internal sealed record LoadResult(double PerSecond, double P50, double? P99);

/// <summary>The load tools.</summary>
internal static partial class LoadTools
{
    private const string Connections = "32";

    /// <summary>Runs wrk: one thread, 32 connections.</summary>
    /// <param name="address">The server.</param>
    /// <param name="script">What to ask, in Lua.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="InvalidOperationException">Some answers were no success, so that the figures mean nothing.</exception>
    public static async Task<LoadResult> WrkAsync(Uri address, string script, int seconds, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var count = await RunAsync("wrk", ["-t1", $"-c{Connections}", $"-d{seconds}s", "--timeout", "30s", "--latency", "-s", file, address.ToString()], cancellation);
            if (count.Contains("Non-2xx", StringComparison.Ordinal) || count.Contains("Socket errors", StringComparison.Ordinal))
                throw new InvalidOperationException($"{address}: {count}");
            return new LoadResult(Number(PerSecond().Match(count)), Milliseconds(count, "50%"), Milliseconds(count, "99%"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs pgbench with a script: 32 clients, prepared statements.</summary>
    /// <param name="connection">The arguments that tell where the database is.</param>
    /// <param name="script">The script.</param>
    /// <param name="account">The account.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<LoadResult> PgBenchAsync(
        IEnumerable<string> connection, string script, int account, int seconds, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var count = await RunAsync(
                "pgbench",
                [.. connection, "-n", "-M", "prepared", "-c", Connections, "-j1", "-T", $"{seconds}", "-D", $"account={account}", "-f", file],
                cancellation);
            return new LoadResult(Number(Transactions().Match(count)), Number(Latency().Match(count)), null);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var count = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? count : throw new InvalidOperationException($"{program}: {count}{await errors}");
    }

    private static double Milliseconds(string count, string share)
    {
        var match = Regex.Match(count, $@"\s{share}\s+([0-9.]+)(us|ms|s)\b");
        return Number(match) * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1_000 };
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"tps = ([0-9.]+) \(without")]
    private static partial Regex Transactions();

    [GeneratedRegex(@"latency average = ([0-9.]+) ms")]
    private static partial Regex Latency();
}
