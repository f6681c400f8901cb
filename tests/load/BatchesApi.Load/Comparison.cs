using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using BatchesApi.Batches;
using Npgsql;

namespace BatchesApi.Load;

/// <summary>Compares the server with a ceiling, which does the same without any checks, and with PostgreSQL alone.</summary>
internal static class Comparison
{
    private const int Ids = 10_000;
    private const int ArrayLength = 1_000;

    /// <summary>Measures and prints tables in Markdown.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="rows">The number of batches in the measured account.</param>
    /// <param name="rounds">The number of rounds whose medians are printed.</param>
    /// <param name="seconds">The duration of each measurement.</param>
    /// <param name="only">The letters of the operations to measure, or empty for all.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task<int> RunAsync(string server, long rows, int rounds, int seconds, string[] only, CancellationToken cancellation)
    {
        var serverBinary = await Binaries.PublishServerAsync(cancellation);
        var ceilingBinary = await Binaries.PublishCeilingAsync(cancellation);
        var database = await SeededDatabase.CreateAsync(server, rows, cancellation);
        var ids = await IdsAsync(database, cancellation);
        Task<Contestant> StartServerAsync() => Contestant.StartAsync("server", serverBinary, database.Key, new Dictionary<string, string>
        {
            ["ConnectionStrings__Batches"] = database.ConnectionString,

            // Rate limits are enabled but too high to be reached.
            ["RateLimits__Standard__PerMinute"] = "1000000",
            ["RateLimits__Standard__PerHour"] = "1000000",
            ["RateLimits__Intensive__PerMinute"] = "1000000",
            ["RateLimits__Intensive__PerHour"] = "1000000",
            ["Shutdown__DelaySeconds"] = "0",
        }, cancellation);
        Task<Contestant> StartCeilingAsync() => Contestant.StartAsync("ceiling", ceilingBinary, database.Key, new Dictionary<string, string>
        {
            ["ConnectionString"] = database.ConnectionString,
            ["Account"] = database.Account.ToString(CultureInfo.InvariantCulture),
        }, cancellation);

        var starts = new Dictionary<string, List<double>> { ["server"] = [], ["ceiling"] = [] };
        for (var i = 0; i < rounds + 2; i++)
        {
            foreach (var start in new[] { StartServerAsync, StartCeilingAsync })
            {
                await using var started = await start();
                starts[started.Name].Add(started.StartTime.TotalSeconds);
            }
        }

        await using var served = await StartServerAsync();
        await using var ceiling = await StartCeilingAsync();
        Contestant[] contestants = [served, ceiling];
        var seed = 0;
        var table = new StringBuilder(
            "| operation | PostgreSQL alone | ceiling | server | server / ceiling | p50, ms | p99, ms | ceiling p50, p99, ms "
            + "| CPU time per request, ms | CPU time of the ceiling, ms |\n"
            + "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var operation in Operation.All(rows).Where(operation => only.Length == 0 || only.Contains(operation.Letter)))
        {
            foreach (var contestant in contestants)
            {
                var script = operation.Script(database.Key, ids, seed++);
                await LoadTools.WrkAsync(contestant.Address, script, Math.Max(6, seconds), cancellation);
            }
            var alone = new List<double>();
            var results = contestants.ToDictionary(contestant => contestant.Name, _ => new List<(LoadResult Load, double Processor)>());
            for (var round = 0; round < rounds; round++)
            {
                var baseline = await LoadTools.PgBenchAsync(
                    database.Arguments, operation.Sql, database.Account, seconds, cancellation);
                alone.Add(baseline.PerSecond);
                foreach (var contestant in contestants)
                {
                    var before = contestant.ProcessorTime;
                    var load = await LoadTools.WrkAsync(
                        contestant.Address, operation.Script(database.Key, ids, seed++), seconds, cancellation);
                    var processor = (contestant.ProcessorTime - before).TotalMilliseconds / (load.PerSecond * seconds);
                    results[contestant.Name].Add((load, processor));
                }
            }

            double MedianOf(string name, Func<(LoadResult Load, double Processor), double> value) =>
                Median.From(results[name].Select(value));
            double PerSecond(string name) => MedianOf(name, result => result.Load.PerSecond);
            double P50(string name) => MedianOf(name, result => result.Load.P50);
            double P99(string name) => MedianOf(name, result => result.Load.P99!.Value);
            double Processor(string name) => MedianOf(name, result => result.Processor);
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"| {operation.Letter} {operation.Name} | {Median.From(alone):N0} | {PerSecond("ceiling"):N0} | {PerSecond("server"):N0}"
                + $" | **{PerSecond("server") / PerSecond("ceiling"):0.00}**"
                + $" | {P50("server"):0.0} | {P99("server"):0.0} | {P50("ceiling"):0.0}, {P99("ceiling"):0.0}"
                + $" | {Processor("server"):0.000} | {Processor("ceiling"):0.000} |");
            await Console.Error.WriteLineAsync(line);
            table.AppendLine(line);
        }

        var memory = contestants.ToDictionary(contestant => contestant.Name, contestant => contestant.Memory);
        var (single, array) = only.Length == 0 ? await ArraysAsync(served, database.Key, rounds, cancellation) : (0, 0);
        table.AppendLine(CultureInfo.InvariantCulture,
            $"""

            | measurement | ceiling | server |
            | --- | ---: | ---: |
            | memory after the load (RSS), MB | {memory["ceiling"]:0} | {memory["server"]:0} |
            | process start to the first 200, s | {Median.From(starts["ceiling"]):0.00} | {Median.From(starts["server"]):0.00} |
            | {ArrayLength:N0} single creates in sequence, ms | | {single:0} |
            | the same in one array, ms | | {array:0} |
            """);
        Console.Write(table);
        return 0;
    }

    /// <summary>Creates batches one by one and in one array.</summary>
    /// <returns>The medians in ms.</returns>
    private static async Task<(double Single, double Array)> ArraysAsync(
        Contestant server, string key, int rounds, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        async Task PostAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(BatchRoutes.Path, content, cancellation);
            response.EnsureSuccessStatusCode();
        }

        var (single, array) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds + 2; round++)
        {
            string Body(string kind, int i) => string.Create(CultureInfo.InvariantCulture,
                $$"""
                {"batchCode":"{{kind}}-{{round}}-{{i}}","batchType":"renewal","manager":"manager{{i % 40:D2}}@example.com",
                "assignee":"user{{i % 200:D3}}@example.com",
                "summary":"Renewals of the first quarter","notes":"Call before noon, and ask for the invoice.",
                "leadIds":["63a5b84c53e1218321c55001","63a5b84c53e1218321c55002"],"rating":{{i % 6}}}
                """);
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < ArrayLength; i++)
                await PostAsync(Body("S", i));
            single.Add(clock.Elapsed.TotalMilliseconds);
            var arrayBody = $"[{string.Join(',', Enumerable.Range(0, ArrayLength).Select(i => Body("A", i)))}]";
            clock.Restart();
            await PostAsync(arrayBody);
            array.Add(clock.Elapsed.TotalMilliseconds);
        }
        return (Median.From(single), Median.From(array));
    }

    private static async Task<List<string>> IdsAsync(SeededDatabase database, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand(
            $"SELECT id FROM batches WHERE account_id = {database.Account} AND NOT is_deleted ORDER BY md5(id) LIMIT {Ids}");
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellation))
            ids.Add(row.GetString(0));
        return ids;
    }
}
