using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.Load;

/// <summary>Measures how slow lists of one account affect another account.</summary>
internal static class Isolation
{
    private const string Batches = "/api/v2/batches";

    /// <summary>Lists without a suitable index, which read every batch of the account.</summary>
    private static readonly string[] SlowLists =
    [
        "fields=leadIds:contains:zzz",
        "p={\"leadIds\":{\"$elemMatch\":{\"$gt\":\"z\",\"$lt\":\"zz\"}}}",
        "p={\"notes\":{\"$lt\":\"a\"},\"summary\":{\"$gt\":\"zzz\"}}",
        "sortBy=rating,dueDate,assignee&order=desc,asc,desc",
    ];

    /// <summary>Measures and prints a table.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="rows">The number of batches in the account that sends slow lists.</param>
    /// <param name="seconds">The duration of each measurement.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>0 if every response to the other account was 2xx, else 1.</returns>
    public static async Task<int> RunAsync(string server, long rows, int seconds, CancellationToken cancellation)
    {
        var binary = await Binaries.PublishServerAsync(cancellation);
        var database = await SeededDatabase.OpenAsync(server, binary, rows, cancellation);
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__Batches"] = database.ConnectionString,
            ["RateLimits__Enabled"] = "false",
        };
        await using var contestant = await Contestant.StartAsync(new("server", binary, [], database, settings), cancellation);
        using var slow = Client(contestant.Address, database.Key);
        using var other = Client(contestant.Address, database.OtherKey);
        var page = JsonNode.Parse(await other.GetStringAsync($"{Batches}?limit=1", cancellation))!;
        var id = (string)page["data"]![0]!["id"]!;

        await MeasureAsync("warm-up", other, id, TimeSpan.FromSeconds(2), cancellation);
        var results = new List<Result>();
        results.AddRange(await MeasureAsync("idle", other, id, TimeSpan.FromSeconds(seconds), cancellation));
        foreach (var list in SlowLists)
        {
            var burst = Enumerable.Range(0, 120).Select(_ => slow.GetAsync($"{Batches}?{list}", cancellation)).ToList();
            results.AddRange(await MeasureAsync($"120 × `{list}`", other, id, TimeSpan.FromSeconds(seconds), cancellation));
            Print(list, await Task.WhenAll(burst));
        }
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            var steady = Enumerable.Range(0, 20).Select(_ => RepeatAsync(slow, $"{Batches}?{SlowLists[0]}", end.Token)).ToList();
            results.AddRange(
                await MeasureAsync($"20 at a time × `{SlowLists[0]}`", other, id, TimeSpan.FromSeconds(2 * seconds), cancellation));
            await end.CancelAsync();
            await Task.WhenAll(steady);
        }

        Console.WriteLine("| meanwhile | operation of the other account | requests | not 2xx | p50, ms | p95, ms | max, ms |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var result in results)
            Console.WriteLine(result);
        return results.TrueForAll(result => result.Failures == 0) ? 0 : 1;
    }

    private static HttpClient Client(Uri address, string key)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Sends the operations in sequence and repeats them.</summary>
    private static async Task<IReadOnlyList<Result>> MeasureAsync(
        string load, HttpClient client, string id, TimeSpan time, CancellationToken cancellation)
    {
        var taken = new Dictionary<string, (List<double> Milliseconds, int Failures)>();
        var clock = Stopwatch.StartNew();
        for (var rating = 0; clock.Elapsed < time; rating = (rating + 1) % 6)
        {
            await TakeAsync("retrieve", HttpMethod.Get, $"{Batches}/{id}");
            await TakeAsync("list", HttpMethod.Get, Batches);
            await TakeAsync(
                "PATCH", HttpMethod.Patch, $"{Batches}/{id}", string.Create(CultureInfo.InvariantCulture, $"{{\"rating\":{rating}}}"));
            await TakeAsync("readiness", HttpMethod.Get, "/health/ready");
        }
        return [.. taken.Select(entry => new Result(load, entry.Key, entry.Value.Milliseconds, entry.Value.Failures))];

        async Task TakeAsync(string operation, HttpMethod method, string address, string? body = null)
        {
            using var request = new HttpRequestMessage(method, address);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            var start = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, cancellation);
            var (milliseconds, failures) = taken.GetValueOrDefault(operation, ([], 0));
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            taken[operation] = (milliseconds, failures + (response.IsSuccessStatusCode ? 0 : 1));
        }
    }

    private static async Task RepeatAsync(HttpClient client, string address, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
            (await client.GetAsync(address, CancellationToken.None)).Dispose();
    }

    private static void Print(string list, IReadOnlyList<HttpResponseMessage> responses)
    {
        var statuses = responses.CountBy(response => (int)response.StatusCode).OrderBy(status => status.Key);
        Console.Error.WriteLine($"{list}: {string.Join(", ", statuses.Select(status => $"{status.Value} × {status.Key}"))}");
    }

    /// <summary>The measurements of an operation.</summary>
    private sealed record Result(string Load, string Operation, List<double> Milliseconds, int Failures)
    {
        public override string ToString()
        {
            Milliseconds.Sort();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {Load} | {Operation} | {Milliseconds.Count} | {Failures} | "
                + $"{Quantile(0.5):0.0} | {Quantile(0.95):0.0} | {Milliseconds[^1]:0.0} |");
        }

        private double Quantile(double share) => Milliseconds[(int)(Milliseconds.Count * share)];
    }
}
