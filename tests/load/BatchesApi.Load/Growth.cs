using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace BatchesApi.Load;

/// <summary>Measures how long lists take as an account grows.</summary>
internal static class Growth
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    /// <summary>The fields by which a list sorts its matches, because no index has their order.</summary>
    private static readonly Field[] SortedFields = [BatchFields.Version, BatchFields.Summary, BatchFields.Notes];

    /// <summary>Measures every kind of list at every size and prints the medians in ms as tables in Markdown.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="sizes">The numbers of batches in the measured account.</param>
    /// <param name="only">Texts of which the name of a list must contain one, or empty for all lists.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task<int> RunAsync(string server, long[] sizes, string[] only, CancellationToken cancellation)
    {
        var binary = await Binaries.PublishServerAsync(cancellation);
        var medians = new Dictionary<string, List<double?>>();
        foreach (var rows in sizes)
        {
            var database = await SeededDatabase.OpenAsync(server, binary, rows, cancellation);
            await using var app = await StartAsync(database.ConnectionString);
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromMinutes(5) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", database.Key);
            foreach (var (list, query) in await ListsAsync(client, rows, cancellation))
            {
                if (only.Length > 0 && !only.Any(text => list.Contains(text, StringComparison.Ordinal)))
                    continue;
                foreach (var count in (string[])["none", "bounded", "exact"])
                {
                    var median = query is null ? null : await MedianAsync(client, $"{query}&count={count}", cancellation);
                    if (!medians.TryGetValue($"{list} | {count}", out var row))
                        medians.Add($"{list} | {count}", row = []);
                    row.Add(median);
                    await Console.Error.WriteLineAsync(
                        string.Create(CultureInfo.InvariantCulture, $"{rows,10} {list} {count}: {median:0.00} ms"));
                }
            }
            await app.StopAsync(cancellation);
        }

        Print("Lists that an index serves, or that search or count", sizes, medians.Where(row => !IsSorted(row.Key)));
        Print("Orders without an index, which sort their matches", sizes, medians.Where(row => IsSorted(row.Key)));
        return 0;
    }

    private static bool IsSorted(string list) => SortedFields.Any(field => list.StartsWith($"by {field},", StringComparison.Ordinal));

    private static void Print(string heading, long[] sizes, IEnumerable<KeyValuePair<string, List<double?>>> rows)
    {
        var columns = sizes.Select(size => size.ToString("N0", CultureInfo.InvariantCulture));
        Console.WriteLine($"\n### {heading}\n");
        Console.WriteLine($"| list | count | {string.Join(" | ", columns)} | last / first |");
        Console.WriteLine($"| --- | --- |{string.Concat(Enumerable.Repeat(" ---: |", sizes.Length + 1))}");
        foreach (var (list, row) in rows)
        {
            var ratio = row[^1] / row.Find(value => value is not null);
            var cells = row.Select(value => value is null ? "" : value.Value.ToString("0.00", CultureInfo.InvariantCulture));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {list} | {string.Join(" | ", cells)} | {ratio:0.0} |"));
        }
    }

    /// <summary>The kinds of lists; the query is null if the kind does not exist at this size.</summary>
    private static async Task<List<(string List, string? Query)>> ListsAsync(HttpClient client, long rows, CancellationToken cancellation)
    {
        static string P(string p) => $"?p={Uri.EscapeDataString(p)}";
        static string Q(string q) => $"?q={Uri.EscapeDataString(q)}";
        var deep = rows >= 110_000 ? "?page=5000" : "?page=400";
        var page = JsonNode.Parse(await client.GetStringAsync($"{BatchRoutes.Path}{deep}&count=none", cancellation))!;
        var lead = SeedRows.Lead(rows);
        return
        [
            ("first page", "?limit=20"),
            ("page 5,000 (400 of 10,000 records)", deep),
            ("cursor behind that page", $"?cursor={page["nextCursor"]}"),
            .. BatchFields.Sortable(deleted: false).SelectMany(field => new (string, string?)[]
            {
                ($"by {field}, descending", $"?sortBy={field}"),
                ($"by {field}, ascending", $"?sortBy={field}&order=asc"),
            }),
            ("one assignee, p", P("""{"assignee":"user007@example.com"}""")),
            ("one assignee, fields", "?fields=assignee:user007@example.com"),
            ("one manager, p", P("""{"manager":"manager07@example.com"}""")),
            ("one batchType by rating, p", P("""{"batchType":"audit"}""") + "&sortBy=rating"),
            ("one batchType by rating, page 3, fields", "?fields=batchType:audit&sortBy=rating&page=3"),
            ("rating >= 4 by dueDate, p", P("""{"rating":{"$gte":4}}""") + "&sortBy=dueDate"),
            ("rating >= 4 by dueDate, fields", "?fields=rating:gte:4&sortBy=dueDate"),
            ("one lead, p", P($$"""{"leadIds":"{{lead}}"}""")),
            ("one lead, fields", $"?fields=leadIds:{lead}"),
            ("q: rare", Q(SeedRows.RareTerm)),
            ("q: frequent", Q(SeedRows.FrequentTerm)),
            ("q: frequent, but not in the newest", Q(SeedRows.OldTerm)),
            ("q: absent", Q("quixotic")),
            ("q: two letters", Q("zi")),
            ("q: two letters, frequent", Q("cu")),
            ("q: phrase", Q("\"customer success\"")),
            ("q: negation", Q("zircon -customer")),
            ("q: whole id", Q(lead)),
            ("deleted", "/deleted?limit=20"),
        ];
    }

    private static async Task<double?> MedianAsync(HttpClient client, string query, CancellationToken cancellation)
    {
        var times = new List<double>();
        for (var total = Stopwatch.StartNew(); times.Count < 15 || (total.Elapsed < MaxTime && times.Count < 200);)
        {
            var start = Stopwatch.GetTimestamp();
            using var response = await client.GetAsync($"{BatchRoutes.Path}{query}", cancellation);
            if (!response.IsSuccessStatusCode)
            {
                await Console.Error.WriteLineAsync($"{query}: {await response.Content.ReadAsStringAsync(cancellation)}");
                return null;
            }
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (total.Elapsed > TimeSpan.FromSeconds(20))
                break;
        }
        times.Sort();
        return times[times.Count / 2];
    }

    private static async Task<WebApplication> StartAsync(string connectionString)
    {
        var builder = HostConfiguration.CreateBuilder([]);
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["Lists:TimeoutSeconds"] = "60";
        builder.Configuration["RateLimits:Enabled"] = "false";
        builder.Configuration["ConnectionStrings:Batches"] = connectionString;
        builder.Logging.ClearProviders();
        var options = ServerOptions.Read(builder.Configuration, isDevelopment: false, new ValidationErrors());
        var app = Program.Build(builder, options, connectionString);
        await app.StartAsync();
        return app;
    }
}
