using System.Globalization;
using Npgsql;

namespace BatchesApi.Load;

/// <summary>What to compare.</summary>
/// <param name="Server">The connection string of a role that can create databases.</param>
/// <param name="Rows">The number of batches in the measured account.</param>
/// <param name="Rounds">The number of rounds whose medians are printed.</param>
/// <param name="Seconds">The duration of each measurement.</param>
/// <param name="Only">The letters of the operations to measure, or empty for all, with arrays.</param>
/// <param name="Contestants">The contestants to measure, or empty for all but <see cref="Load.Contestants.Telemetry"/>.</param>
/// <param name="Old">The published binary of an earlier version, or null.</param>
/// <param name="ImportRows">The number of batches to import, or 0 for no import.</param>
internal sealed record ComparisonOptions(
    string Server, long Rows, int Rounds, int Seconds, string[] Only, string[] Contestants, string? Old, long ImportRows)
{
    /// <summary>Whether a contestant is measured.</summary>
    public bool Includes(string contestant) =>
        (Contestants.Length == 0 ? contestant != Load.Contestants.Telemetry : Contestants.Contains(contestant))
        && (contestant != Load.Contestants.Old || Old is not null);
}

/// <summary>Compares the server with an earlier version, a ceiling, which does the same without any checks, peers and PostgreSQL.</summary>
internal static class Comparison
{
    private const int Ids = 10_000;

    /// <summary>Stands for the arrays among the letters of the operations.</summary>
    private const string Arrays = "A";

    /// <summary>The length of a warm-up in rounds: under full load, .NET optimizes a method long after it is first called.</summary>
    private const int WarmUpRounds = 5;

    /// <summary>Each contestant keeps up to 32 connections, a version of the server a few more.</summary>
    private const int MinConnections = 250;

    /// <summary>Measures and prints tables in Markdown.</summary>
    /// <returns>0, or 1 if the contestants do not return the same batches.</returns>
    public static async Task<int> RunAsync(ComparisonOptions options, CancellationToken cancellation)
    {
        var binaries = new Dictionary<string, string>();
        if (options.Includes(Contestants.Old))
            binaries.Add(Contestants.Old, Path.GetFullPath(options.Old!));
        binaries.Add(Contestants.Server, await Binaries.PublishServerAsync(cancellation));
        var databases = new Dictionary<string, SeededDatabase>();
        foreach (var (name, binary) in binaries)
        {
            var database = name == Contestants.Old ? "batches_load_old" : "batches_load";
            databases.Add(name, await SeededDatabase.CreateAsync(options.Server, database, binary, options.Rows, cancellation));
        }
        var main = databases[Contestants.Server];
        using var collector = options.Includes(Contestants.Telemetry) ? TelemetryCollector.Start() : null;
        ContestantProgram[] programs =
        [
            .. await Contestants.MakeOthersAsync([.. Contestants.All.Where(options.Includes)], main, cancellation),
            .. binaries.Where(binary => options.Includes(binary.Key))
                .Select(binary => Contestants.MakeServer(binary.Key, binary.Value, databases[binary.Key])),
        ];
        if (collector is not null)
        {
            var server = Contestants.MakeServer(Contestants.Server, binaries[Contestants.Server], main);
            programs = [.. programs, Contestants.AddTelemetry(server, collector.Address)];
        }

        if (await ReadConnectionsAsync(main, cancellation) is var connections and < MinConnections)
        {
            await Console.Error.WriteLineAsync($"max_connections of PostgreSQL is {connections}; set it to {MinConnections} or more.");
            return 1;
        }

        var report = new ComparisonReport([.. Contestants.All.Where(options.Includes)]);
        foreach (var (name, database) in databases)
            report.Sizes.Add(name, await StorageSizes.ReadAsync(database, cancellation));
        for (var i = 0; i < options.Rounds + 2; i++)
        {
            foreach (var program in programs)
            {
                await using var started = await Contestant.StartAsync(program, cancellation);
                ComparisonReport.Add(report.Starts, program.Name, started.StartTime.TotalSeconds);
            }
        }

        var contestants = new List<Contestant>();
        try
        {
            foreach (var program in programs)
                contestants.Add(await Contestant.StartAsync(program, cancellation));
            var operations = Operation.All(options.Rows)
                .Where(operation => options.Only.Length == 0 || options.Only.Contains(operation.Letter))
                .ToList();
            foreach (var operation in operations)
            {
                if (await Agreement.FindDifferenceAsync(operation, contestants, main, cancellation) is { } difference)
                {
                    await Console.Error.WriteLineAsync(difference);
                    return 1;
                }
            }
            await MeasureAsync(options, operations, contestants, databases.Values, main, report, cancellation);
        }
        finally
        {
            foreach (var contestant in contestants)
                await contestant.DisposeAsync();
        }
        if (options.ImportRows > 0)
            await ImportAsync(options, binaries, report, cancellation);
        Console.Write(report.ToMarkdown(options.ImportRows));
        if (collector is not null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nThe collector received {collector.Bytes / 1e6:N0} MB."));
        return 0;
    }

    private static async Task MeasureAsync(
        ComparisonOptions options, IReadOnlyList<Operation> operations, IReadOnlyList<Contestant> contestants,
        IReadOnlyCollection<SeededDatabase> databases, SeededDatabase main, ComparisonReport report, CancellationToken cancellation)
    {
        var ids = await IdsAsync(main, cancellation);
        await using var wal = await WalMeter.OpenAsync(main, cancellation);
        var seed = 0;
        foreach (var operation in operations)
        {
            var keys = new Dictionary<Contestant, string>();
            foreach (var contestant in contestants)
            {
                var key = keys[contestant] = await contestant.Program.CreateKeyAsync(cancellation);
                var script = operation.Script(contestant.Program, key, ids, seed++);
                await LoadTools.WrkAsync(contestant.Address, script, WarmUpRounds * options.Seconds, cancellation);
            }
            if (operation.IsWrite)
                await SettleAsync(databases, cancellation);
            for (var round = 0; round < options.Rounds; round++)
            {
                if (options.Includes(Contestants.PostgreSql))
                {
                    var alone = await LoadTools.PgBenchAsync(main, operation.Sql, options.Seconds, cancellation);
                    report.Add(operation, Contestants.PostgreSql, new Measurement(alone, double.NaN, null));
                }

                // A server that always follows another one on the same database would find the rows that it has just replaced.
                foreach (var contestant in contestants.Shuffle())
                {
                    var script = operation.Script(contestant.Program, keys[contestant], ids, seed++);
                    if (operation.IsWrite)
                        await wal.StartAsync(cancellation);
                    var before = contestant.ProcessorTime;
                    var load = await LoadTools.WrkAsync(contestant.Address, script, options.Seconds, cancellation);
                    var processor = (contestant.ProcessorTime - before).TotalMilliseconds / load.Requests;
                    var written = operation.IsWrite ? await wal.StopAsync(cancellation) : null;
                    report.Add(operation, contestant.Name, new Measurement(load, processor, written));
                }
            }
            await Console.Error.WriteLineAsync(report.GetRow(operation));
        }
        foreach (var contestant in contestants)
            ComparisonReport.Add(report.Memory, contestant.Name, contestant.Memory);
        for (var round = 0; MeasuresArrays(options) && round < options.Rounds + 2; round++)
        {
            foreach (var contestant in contestants.Where(contestant => contestant.Program.IsServer))
            {
                var times = await ArrayTimes.MeasureAsync(contestant, round, cancellation);
                ComparisonReport.Add(report.Singles, contestant.Name, times.Single);
                ComparisonReport.Add(report.Arrays, contestant.Name, times.Array);
            }
        }
    }

    private static bool MeasuresArrays(ComparisonOptions options) => options.Only.Length == 0 || options.Only.Contains(Arrays);

    /// <summary>Lets writes to all databases start alike: without dead rows, pending index entries and unwritten pages.</summary>
    private static async Task SettleAsync(IEnumerable<SeededDatabase> databases, CancellationToken cancellation)
    {
        foreach (var database in databases)
        {
            await using var connection = await database.ConnectAsync(cancellation);
            var layout = await TableLayout.ReadAsync(connection, cancellation);
            await BulkLoad.ExecuteAsync(connection, $"VACUUM (ANALYZE) {string.Join(", ", layout.Tables)}", cancellation);
            await BulkLoad.ExecuteAsync(connection, "CHECKPOINT", cancellation);
        }
    }

    private static async Task ImportAsync(
        ComparisonOptions options, IReadOnlyDictionary<string, string> binaries, ComparisonReport report, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await Import.WriteFileAsync(file, options.ImportRows, cancellation);
            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var (name, binary) in binaries)
                    ComparisonReport.Add(report.Imports, name, await Import.MeasureAsync(options.Server, binary, file, cancellation));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<int> ReadConnectionsAsync(SeededDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.ConnectAsync(cancellation);
        await using var command = new NpgsqlCommand("SELECT current_setting('max_connections')::integer", connection);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task<List<string>> IdsAsync(SeededDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.ConnectAsync(cancellation);
        await using var command = new NpgsqlCommand(
            $"SELECT id FROM batches WHERE account_id = {database.Account} AND NOT is_deleted ORDER BY md5(id) LIMIT {Ids}", connection);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellation))
            ids.Add(row.GetString(0));
        return ids;
    }
}
