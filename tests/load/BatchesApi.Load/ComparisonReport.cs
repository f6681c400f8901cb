using System.Globalization;
using System.Text;

namespace BatchesApi.Load;

/// <summary>One round of an operation.</summary>
/// <param name="Load">The rate and the latencies.</param>
/// <param name="Processor">The CPU time per request in ms.</param>
/// <param name="Wal">The write-ahead log of all requests, or null if it is not known.</param>
internal sealed record Measurement(LoadResult Load, double Processor, WalSize? Wal);

/// <summary>The results of a comparison, printed as tables in Markdown.</summary>
/// <param name="contestants">The names of the columns.</param>
internal sealed class ComparisonReport(IReadOnlyList<string> contestants)
{
    private static readonly (string Title, string[] Others)[] Ratios =
    [
        ("server / ceiling", [Contestants.Ceiling]),
        ("server / best peer", [Contestants.EfCore, Contestants.Fastify]),
        ("server / old", [Contestants.Old]),
        ("server / telemetry", [Contestants.Telemetry]),
    ];

    private readonly Dictionary<Operation, Dictionary<string, List<Measurement>>> _operations = [];

    /// <summary>Times from the start of a process to the first response of 200 in s.</summary>
    public Dictionary<string, List<double>> Starts { get; } = [];

    /// <summary>The memory after the load (RSS) in MB.</summary>
    public Dictionary<string, List<double>> Memory { get; } = [];

    /// <summary>Times of single creates in sequence in ms.</summary>
    public Dictionary<string, List<double>> Singles { get; } = [];

    /// <summary>Times of the same creates in one array in ms.</summary>
    public Dictionary<string, List<double>> Arrays { get; } = [];

    /// <summary>Times of imports in s.</summary>
    public Dictionary<string, List<double>> Imports { get; } = [];

    /// <summary>The sizes of the filled databases.</summary>
    public Dictionary<string, StorageSizes> Sizes { get; } = [];

    /// <summary>Adds a value of a contestant to one of the dictionaries.</summary>
    public static void Add(Dictionary<string, List<double>> values, string contestant, double value)
    {
        if (!values.TryGetValue(contestant, out var list))
            values.Add(contestant, list = []);
        list.Add(value);
    }

    public void Add(Operation operation, string contestant, Measurement measurement)
    {
        if (!_operations.TryGetValue(operation, out var results))
            _operations.Add(operation, results = []);
        if (!results.TryGetValue(contestant, out var list))
            results.Add(contestant, list = []);
        list.Add(measurement);
    }

    /// <summary>The row of an operation in the table of rates.</summary>
    public string GetRow(Operation operation)
    {
        var results = _operations[operation];
        var rates = results.ToDictionary(
            result => result.Key, result => Median.From(result.Value.Select(measurement => measurement.Load.PerSecond)));
        var cells = contestants.Select(name =>
        {
            var errors = results[name].Sum(measurement => measurement.Load.Errors);
            return Format("N0", rates[name]) + (errors == 0 ? "" : $" ({Format("N0", errors)} errors)");
        });
        var ratios = Ratios.Select(ratio => $"**{Format("0.00", GetRatio(rates, ratio.Others))}**");
        var hasErrors = results.Values.Any(list => list.Exists(measurement => measurement.Load.Errors > 0));
        return Row([$"{operation.Letter} {operation.Name}{(hasErrors ? " (with errors)" : "")}", .. cells, .. ratios]);
    }

    /// <summary>All tables.</summary>
    /// <param name="importRows">The number of imported batches.</param>
    public string ToMarkdown(long importRows)
    {
        var servers = contestants.Where(name => name != Contestants.PostgreSql).ToList();
        var text = new StringBuilder();
        text.Append(Head("requests per second", [.. contestants, .. Ratios.Select(ratio => ratio.Title)]));
        foreach (var operation in _operations.Keys)
            text.AppendLine(GetRow(operation));

        text.AppendLine().Append(Head("p50, p99, CPU time per request, ms", servers));
        foreach (var (operation, results) in _operations)
        {
            text.AppendLine(Row([operation.Letter, .. servers.Select(name => string.Join(", ",
                Format("0.0", MedianOf(results[name], measurement => measurement.Load.P50)),
                Format("0.0", MedianOf(results[name], measurement => measurement.Load.P99)),
                Format("0.000", MedianOf(results[name], measurement => measurement.Processor))))]));
        }

        text.AppendLine().Append(Head("WAL per write, bytes: records, images of full pages", servers));
        foreach (var (operation, results) in _operations.Where(operation => operation.Key.IsWrite))
        {
            text.AppendLine(Row([operation.Letter, .. servers.Select(name => string.Join(", ",
                Format("N0", MedianOf(results[name], measurement => measurement.Wal?.Records / measurement.Load.Requests)),
                Format("N0", MedianOf(results[name], measurement => measurement.Wal?.Images / measurement.Load.Requests))))]));
        }

        text.AppendLine().Append(Head("measurement", servers));
        void AddRow(string title, string format, Func<string, double?> value) =>
            text.AppendLine(Row([title, .. servers.Select(name => value(name) is { } number ? Format(format, number) : "")]));
        static Func<string, double?> From(Dictionary<string, List<double>> values) =>
            name => values.TryGetValue(name, out var list) ? Median.From(list) : null;
        Func<string, double?> FromSizes(Func<StorageSizes, long> size) =>
            name => Sizes.TryGetValue(name, out var sizes) ? size(sizes) / 1e6 : null;
        AddRow("memory after the load (RSS), MB", "0", From(Memory));
        AddRow("process start to the first 200, s", "0.00", From(Starts));
        AddRow($"{Format("N0", ArrayTimes.Length)} single creates in sequence, ms", "N0", From(Singles));
        AddRow("the same in one array, ms", "N0", From(Arrays));
        AddRow($"import of {Format("N0", importRows)} batches, s", "0.0", From(Imports));
        AddRow("B-trees, MB", "0", FromSizes(sizes => sizes.BTrees));
        AddRow("GIN indexes, MB", "0", FromSizes(sizes => sizes.Gins));
        AddRow("tables without indexes, MB", "0", FromSizes(sizes => sizes.Tables));
        return text.ToString();
    }

    private static double GetRatio(Dictionary<string, double> rates, IEnumerable<string> others)
    {
        var best = others.Where(rates.ContainsKey).Select(name => rates[name]).DefaultIfEmpty(double.NaN).Max();
        return rates.TryGetValue(Contestants.Server, out var server) ? server / best : double.NaN;
    }

    private static double MedianOf(IEnumerable<Measurement> measurements, Func<Measurement, double?> value)
    {
        var known = measurements.Select(value).OfType<double>().Where(double.IsFinite).ToList();
        return known.Count == 0 ? double.NaN : Median.From(known);
    }

    private static string Format(string format, double number) =>
        double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "–";

    private static string Head(string title, List<string> columns) =>
        $"{Row([title, .. columns])}\n| --- |{string.Concat(Enumerable.Repeat(" ---: |", columns.Count))}\n";

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
