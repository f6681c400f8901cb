using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Telemetry;

/// <summary>The metrics of <c>/metrics</c>, and the files and tables that name them.</summary>
public sealed partial class MetricsTests(Databases databases)
{
    /// <summary>Metrics that a server without replicas does not have.</summary>
    private static readonly string[] OfReplicas = ["batches_api_replica_lag_seconds"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_of_the_dashboard_the_alerts_and_the_docs_is_served()
    {
        var database = await databases.CreateWithAccountsAsync();
        var (_, key, _) = await BatchesProcess.RunAsync(
            database, "keys", "create", "--account", "acme", "--name", "admin", "--scope", "admin");
        var port = Ports.FindFree();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("Metrics__Port", $"{port}"), ("Webhooks__AllowPrivate", "true"),
            ("RateLimits__Intensive__PerMinute", "1"));
        using var client = server.CreateClient(key.Trim());
        await WaitForAsync(async () => (await client.GetAsync("/health/ready", Cancellation)).IsSuccessStatusCode);
        using var webhook = await client.PostAsJsonAsync("/api/v2/webhooks", new { url = receiver.Address }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, webhook.StatusCode);
        using var batch = await client.PostAsJsonAsync("/api/v2/batches", new { batchCode = "B-1", batchType = "audit" }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, batch.StatusCode);
        foreach (var expected in (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.TooManyRequests])
        {
            using var list = await client.GetAsync("/api/v2/batches?q=renewal", Cancellation);
            Assert.Equal(expected, list.StatusCode);
        }

        // A connection has a duration when it ends.
        using var last = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { ConnectionClose = true } };
        (await client.SendAsync(last, Cancellation)).Dispose();

        var text = "";
        using var scraper = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await WaitForAsync(async () =>
        {
            text = await scraper.GetStringAsync("/metrics", Cancellation);
            return text.Contains("batches_api_webhook_lag_seconds_count", StringComparison.Ordinal)
                && text.Contains("kestrel_connection_duration_seconds_count", StringComparison.Ordinal);
        });

        Assert.Contains("""batches_api_refusals_total{batches_api_limit="intensive-minute"} 1""", text, StringComparison.Ordinal);
        Assert.Contains("""http_route="/api/v2/batches/""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("acme", text, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Trim()[4..], text, StringComparison.Ordinal);
        var metrics = SampleName().Matches(text).Select(match => match.Groups[1].Value).Concat(OfReplicas).ToHashSet();
        var labels = Label().Matches(text).Select(match => match.Groups[1].Value).Append("batches_api_replica").ToHashSet();
        Assert.All(
            (string[])["deploy/grafana/batches-api.json", "deploy/prometheus/alerts.yml"],
            file =>
            {
                var names = MetricName().Matches(ReadFile(file)).Select(match => match.Value).ToHashSet();
                Assert.True(names.Count > 2, file);
                Assert.Subset(metrics.Concat(labels).ToHashSet(), names);
            });

        // The table has the names of OpenTelemetry. Prometheus gets them with underscores and the unit.
        var documented = DocumentedName().Matches(ReadFile("docs/operating.md"))
            .Select(match => match.Groups[1].Value.Replace('.', '_')).ToHashSet();
        Assert.All(documented, name => Assert.Contains(metrics, metric => metric.StartsWith(name, StringComparison.Ordinal)));
        Assert.All(
            metrics.Where(metric => metric.StartsWith("batches_api_", StringComparison.Ordinal)),
            metric => Assert.Contains(documented, name => metric.StartsWith(name, StringComparison.Ordinal)));

        // The port of metrics serves nothing else, and the other one no metrics.
        Assert.Equal(HttpStatusCode.NotFound, (await scraper.GetAsync("/health/live", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scraper.GetAsync("/", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/metrics", Cancellation)).StatusCode);
    }

    [Fact]
    public void The_panels_of_the_dashboard_have_titles_and_queries_and_do_not_overlap()
    {
        var panels = JsonNode.Parse(ReadFile("deploy/grafana/batches-api.json"))!["panels"]!.AsArray();

        Assert.NotEmpty(panels);
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var cells = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            Assert.NotEmpty((string)panel!["title"]!);
            Assert.NotEmpty((string)panel["description"]!);
            Assert.All(panel["targets"]!.AsArray(), target => Assert.NotEmpty((string)target!["expr"]!));
            var place = panel["gridPos"]!;
            foreach (var x in Enumerable.Range((int)place["x"]!, (int)place["w"]!))
            {
                Assert.InRange(x, 0, 23);
                foreach (var y in Enumerable.Range((int)place["y"]!, (int)place["h"]!))
                    Assert.True(cells.Add((x, y)), $"{panel["title"]} covers another panel.");
            }
        }
    }

    [Fact]
    public async Task A_port_of_metrics_in_use_is_reported_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateMigratedAsync()), ("Metrics__Port", $"{port}"));

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.StartsWith($"Cannot serve metrics on http://127.0.0.1:{port}: ", process.Errors, StringComparison.Ordinal);
        Assert.EndsWith("Choose another Metrics__Port.", process.Errors, StringComparison.Ordinal);
        Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_Timing_has_the_phases_of_a_request()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("ServerTiming__Enabled", "true"));
        using var client = server.CreateClient(key.Trim());
        await WaitForAsync(async () => (await client.GetAsync("/health/ready", Cancellation)).IsSuccessStatusCode);

        using var list = await client.GetAsync("/api/v2/batches", Cancellation);
        using var create = await client.PostAsJsonAsync("/api/v2/batches", new { batchCode = "B-1", batchType = "audit" }, Cancellation);
        using var health = await client.GetAsync("/health/live", Cancellation);

        Assert.Equal(["auth", "parse", "plan", "query"], ReadPhases(list));
        Assert.Equal(["auth", "parse", "write"], ReadPhases(create));
        Assert.Empty(ReadPhases(health));
    }

    private static string[] ReadPhases(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Server-Timing", out var values))
            return [];
        var entries = Assert.Single(values).Split(", ").Select(entry => entry.Split(";dur=")).ToList();
        Assert.All(entries, entry => Assert.InRange(double.Parse(entry[1], CultureInfo.InvariantCulture), 0, 60_000));
        return [.. entries.Select(entry => entry[0])];
    }

    private static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            Assert.True(tries < 1_200, "The server did not get there within 60 s.");
            await Task.Delay(50, Cancellation);
        }
    }

    /// <summary>Reads a file of the repository.</summary>
    private static string ReadFile(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "BatchesApi.sln")))
            folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }

    [GeneratedRegex(@"^([a-z]\w*)(?:\{| )", RegexOptions.Multiline)]
    private static partial Regex SampleName();

    [GeneratedRegex(@"[{,](\w+)=""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(?:batches_api|http|db_client|kestrel|dotnet)_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^\| `((?:batches_api|http\.server|db\.client|kestrel|dotnet)\.[a-z_.]+)`", RegexOptions.Multiline)]
    private static partial Regex DocumentedName();
}
