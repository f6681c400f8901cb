using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.Load;

/// <summary>The result of a load tool.</summary>
/// <param name="PerSecond">Requests or transactions per second.</param>
/// <param name="P50">The median latency in ms.</param>
/// <param name="P99">The 99th percentile of the latency in ms, or not a number if the tool does not report it.</param>
/// <param name="Requests">The number of responses or transactions.</param>
/// <param name="Errors">The number of responses other than 2xx, socket errors and timeouts.</param>
internal sealed record LoadResult(double PerSecond, double P50, double P99, long Requests, long Errors);

/// <summary>Runs the load tools.</summary>
internal static partial class LoadTools
{
    private const string Connections = "32";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Runs wrk: one thread, 32 connections.</summary>
    /// <param name="address">The server.</param>
    /// <param name="script">The Lua script that makes the requests.</param>
    /// <param name="seconds">The duration.</param>
    /// <param name="cancellation">Cancels the run.</param>
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
            var sockets = SocketErrors().Match(output).Groups.Values.Skip(1).Sum(group => long.Parse($"0{group.Value}", Invariant));
            return new LoadResult(
                Number(PerSecond().Match(output)), Milliseconds(output, "50%"), Milliseconds(output, "99%"),
                Count(Requests().Match(output)), sockets + Count(OtherStatuses().Match(output)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs pgbench with a script: 32 clients, prepared statements.</summary>
    /// <param name="database">The database; the script gets its measured account.</param>
    /// <param name="script">The script.</param>
    /// <param name="seconds">The duration.</param>
    /// <param name="cancellation">Cancels the run.</param>
    public static async Task<LoadResult> PgBenchAsync(
        SeededDatabase database, string script, int seconds, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var output = await RunAsync(
                "pgbench",
                ["-n", "-M", "prepared", "-c", Connections, "-j1", "-T", $"{seconds}", "-D", $"account={database.Account}", "-f", file],
                cancellation, database.Environment);
            return new LoadResult(
                Number(Transactions().Match(output)), Number(Latency().Match(output)), double.NaN,
                Count(Processed().Match(output)), Count(Failed().Match(output)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>The standard output.</returns>
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {output}{await errors}");
    }

    /// <summary>A share of the latencies; wrk prints none, or zeros, if no request ended.</summary>
    private static double Milliseconds(string output, string share)
    {
        var match = Regex.Match(output, $@"\s{share}\s+([0-9.]+)(us|ms|s|m)\b");
        return Number(match) * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, "s" => 1_000, _ => 60_000 };
    }

    private static double Number(Match match) => match.Success ? double.Parse(match.Groups[1].ValueSpan, Invariant) : double.NaN;

    private static long Count(Match match) => match.Success ? long.Parse(match.Groups[1].ValueSpan, Invariant) : 0;

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"([0-9]+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Non-2xx or 3xx responses: ([0-9]+)")]
    private static partial Regex OtherStatuses();

    [GeneratedRegex(@"Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)")]
    private static partial Regex SocketErrors();

    [GeneratedRegex(@"tps = ([0-9.]+) \(without")]
    private static partial Regex Transactions();

    [GeneratedRegex(@"transactions actually processed: ([0-9]+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"failed transactions: ([0-9]+)")]
    private static partial Regex Failed();

    [GeneratedRegex(@"latency average = ([0-9.]+) ms")]
    private static partial Regex Latency();
}
