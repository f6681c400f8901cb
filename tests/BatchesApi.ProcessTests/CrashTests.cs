using System.Diagnostics;
using System.Globalization;
using System.Net;
using BatchesApi.Testing;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Kills the server and PostgreSQL at random moments under a load of writes. Afterwards every acknowledged write is stored, every
/// other write is stored completely or not at all, and the history matches the batches version by version. <c>BATCHES_KILLS=200</c> kills
/// more often, <c>BATCHES_KILLS_SEED=42</c> chooses other moments.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Workers = 6;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_crashes_acknowledged_writes_are_kept_and_no_write_is_partial()
    {
        var kills = Number("BATCHES_KILLS", 5);
        var seed = Number("BATCHES_KILLS_SEED", Random.Shared.Next());
        output.WriteLine($"{kills} kills, seed {seed}");
        var random = new Random(seed);

        await using var postgres = await LaunchedPostgres.StartAsync(durable: true);
        (string, string?)[] settings =
        [
            ("ConnectionStrings__Batches", postgres.ConnectionString), ("ASPNETCORE_URLS", $"http://127.0.0.1:{Ports.FindFree()}"),
            ("RateLimits__Enabled", "false"),
        ];
        var server = await BatchesProcess.ServeAsync(settings);
        try
        {
            var (_, key, _) = await BatchesProcess.RunAsync(
                postgres.ConnectionString, "accounts", "create", "--name", "acme", "--with-key", "first");
            using var client = server.CreateClient(key);
            client.Timeout = TimeSpan.FromSeconds(30);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var workers = Enumerable.Range(0, Workers).Select(number => new CrashWorker(client, number, random.Next())).ToList();
            var load = workers.Select(worker => Task.Run(() => worker.RunAsync(end.Token), Cancellation)).ToArray();

            for (var i = 0; i < kills; i++)
            {
                await Task.Delay(random.Next(1_500), Cancellation);
                if (random.Next(3) == 0)
                {
                    await CrashAsync(postgres.ConnectionString);
                }
                else
                {
                    server.Kill();
                    await server.DisposeAsync();
                    server = await BatchesProcess.ServeAsync(settings);
                }
                await WaitUntilReadyAsync(client);
            }
            await end.CancelAsync();
            await Task.WhenAll(load);

            foreach (var worker in workers)
                await worker.CheckAsync();
            output.WriteLine($"{workers.Sum(worker => worker.Acknowledged)} writes acknowledged, {workers.Sum(worker => worker.Unknown)} "
                + "without a response");
            Assert.True(workers.TrueForAll(worker => worker.Acknowledged > 0));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Kills a backend. PostgreSQL then terminates all others immediately and recovers, as after an immediate shutdown.</summary>
    private static async Task CrashAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync(Cancellation);
        using var kill = Process.Start("kill", ["-KILL", connection.ProcessID.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Cancellation);
    }

    private static async Task WaitUntilReadyAsync(HttpClient client)
    {
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(50, Cancellation))
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), "The server did not become ready within 60 s.");
            try
            {
                using var response = await client.GetAsync("/health/ready", Cancellation);
                if (response.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // The server is not listening yet.
            }
        }
    }

    private static int Number(string variable, int defaultValue) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : defaultValue;
}
