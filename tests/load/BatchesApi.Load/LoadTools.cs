using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.Load;

/// <summary>The result of a load tool.</summary>
/// <param name="PerSecond">Requests or transactions per second.</param>
/// <param name="P50">The median latency in ms.</param>
/// <param name="P99">The 99th percentile of the latency in ms, or null if the tool does not report it.</param>
internal sealed record LoadResult(double PerSecond, double P50, double? P99);

/// <summary>Runs the load tools.</summary>
internal static partial class LoadTools
{
    private const string Connections = "32";

    /// <summary>Runs wrk: one thread, 32 connections.</summary>
    /// <param name="address">The server.</param>
    /// <param name="script">The Lua script that makes the requests.</param>
    /// <param name="seconds">The duration.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <exception cref="InvalidOperationException">Some responses were errors, so the figures are meaningless.</exception>
    public static async Task<LoadResult> WrkAsync(Uri address, string script, int seconds, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var output = await RunAsync(
                "wrk",
                ["-t1", $"-c{Connections}", $"-d{seconds}s", "--timeout", "30s", "--latency", "-s", file, address.ToString()],
                cancellation);
            if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
                throw new InvalidOperationException($"{address}: {output}");
            return new LoadResult(Number(PerSecond().Match(output)), Milliseconds(output, "50%"), Milliseconds(output, "99%"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs pgbench with a script: 32 clients, prepared statements.</summary>
    /// <param name="connection">The connection arguments.</param>
    /// <param name="script">The script.</param>
    /// <param name="account">The number of the account.</param>
    /// <param name="seconds">The duration.</param>
    /// <param name="cancellation">Cancels the run.</param>
    public static async Task<LoadResult> PgBenchAsync(
        IEnumerable<string> connection, string script, int account, int seconds, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var output = await RunAsync(
                "pgbench",
                [
                    .. connection, "-n", "-M", "prepared", "-c", Connections, "-j1", "-T", $"{seconds}", "-D", $"account={account}",
                    "-f", file,
                ],
                cancellation);
            return new LoadResult(Number(Transactions().Match(output)), Number(Latency().Match(output)), null);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>The standard output.</returns>
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {output}{await errors}");
    }

    private static double Milliseconds(string output, string share)
    {
        var match = Regex.Match(output, $@"\s{share}\s+([0-9.]+)(us|ms|s)\b");
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
