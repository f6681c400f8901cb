using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace BatchesApi.ProcessTests;

/// <summary>The server on a primary and a standby, either of which fails. The tests measure seconds, so they run alone.</summary>
[Collection<RunsAlone>]
public sealed class FailoverTests
{
    private const string Batches = "/api/v2/batches";

    /// <summary>How often the primary is killed.</summary>
    private const int Failovers = 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_each_promotion_writes_resume_within_2_seconds_and_no_acknowledged_write_is_lost()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var one = await ServeAsync(pair);
        await using var other = await ServeAsync(pair);
        await using var load = await WriteLoad.StartAsync(pair, one, other);
        Assert.All(load.Responses, response => Assert.Equal(HttpStatusCode.Created, response.Status));

        var waits = new List<double>();
        for (var n = 0; n < Failovers; n++)
        {
            var promoted = await pair.FailOverAsync(TimeSpan.FromSeconds(0.5));
            bool IsResumed(RecordedResponse response) => response.Status == HttpStatusCode.Created && response.Start > promoted;
            await load.WaitForAsync(IsResumed);
            waits.Add(Stopwatch.GetElapsedTime(promoted, load.Responses.Where(IsResumed).Min(response => response.End)).TotalSeconds);
            await pair.RejoinAsync();
        }
        await load.StopAsync();

        AssertServedOrRetryable(load.Responses);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Writes resumed {string.Join(", ", waits.Select(wait => wait.ToString("0.00", CultureInfo.InvariantCulture)))} s after "
            + "the promotions.");
        Assert.All(waits, wait => Assert.InRange(wait, 0, 2));
        AssertHasAll(await PostgresPair.CodesAsync(pair.Primary), load.Responses);
    }

    [Fact]
    public async Task A_write_that_no_standby_confirms_is_never_acknowledged()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var server = await ServeAsync(pair);
        await using var load = await WriteLoad.StartAsync(pair, server);

        await pair.Standby.FreezeAsync();
        var frozen = Stopwatch.GetTimestamp();
        var impatient = $"{pair.Primary.ConnectionString("batches")};Command Timeout=1";
        var import = BatchesProcess.RunWithInputAsync(
            impatient, """{"batchCode":"imported","batchType":"x"}""", "import", "--account", "acme");
        var account = BatchesProcess.RunAsync(impatient, "accounts", "create", "--name", "second");
        await load.WaitForAsync(IsUncertain);
        await Task.WhenAny(Task.WhenAll(import, account), Task.Delay(TimeSpan.FromSeconds(40), Cancellation));
        var thawed = Stopwatch.GetTimestamp();
        await pair.Standby.ThawAsync();
        var (accountExitCode, _, accountErrors) = await account;
        var (exitCode, _, errors) = await import;
        await load.WaitForAsync(response => response.Status == HttpStatusCode.Created && response.Start > thawed);
        await load.StopAsync();

        AssertServedOrRetryable(load.Responses);

        // A response within a second of the freeze may have been confirmed before it.
        var meanwhile = load.Responses
            .Where(response => Stopwatch.GetElapsedTime(frozen, response.End) > TimeSpan.FromSeconds(1) && response.End < thawed).ToList();
        Assert.NotEmpty(meanwhile);
        Assert.All(meanwhile, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.Status));
        Assert.Contains(meanwhile, IsUncertain);
        AssertHasAll(await PostgresPair.CodesAsync(pair.Standby), load.Responses);
        Assert.All([(exitCode, errors), (accountExitCode, accountErrors)], command =>
        {
            Assert.Equal(1, command.Item1);
            Assert.Contains("may or may not survive", command.Item2, StringComparison.Ordinal);
        });

        static bool IsUncertain(RecordedResponse response) => response.Body.Contains("may or may not survive", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hung_standby_does_not_delay_requests()
    {
        await using var pair = await PostgresPair.StartAsync(synchronous: false);
        await using var server = await ServeAsync(pair);
        using var client = server.CreateClient(await pair.CreateKeyAsync());
        await client.GetStringAsync(Batches, Cancellation);

        await pair.Standby.FreezeAsync();

        // Longer than Npgsql's default for remembering which host is the standby (10 s).
        var slow = 0;
        for (var duration = Stopwatch.StartNew(); duration.Elapsed < TimeSpan.FromSeconds(12);)
        {
            var start = Stopwatch.GetTimestamp();
            using var response = await client.GetAsync($"{Batches}?limit=1", Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancellation));
            slow += Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(0.9) ? 1 : 0;
            await Task.Delay(100, Cancellation);
        }

        // If Npgsql checked the hosts every second, six would be slow; a busy machine may slow down one or two.
        Assert.InRange(slow, 0, 3);
    }

    private static Task<BatchesProcess> ServeAsync(PostgresPair pair) =>
        BatchesProcess.ServeAsync(("ConnectionStrings__Batches", pair.ConnectionString), ("RateLimits__Enabled", "false"));

    /// <summary>Asserts that writes succeed, may be retried, or repeat an idempotency key whose first request is still running.</summary>
    private static void AssertServedOrRetryable(IEnumerable<RecordedResponse> responses) => Assert.All(responses, response => Assert.True(
        response.Status == HttpStatusCode.Created
        || (response.Status == HttpStatusCode.ServiceUnavailable && response.HasRetryAfter)
        || (response.Status == HttpStatusCode.Conflict && response.Body.Contains("idempotency_key_in_flight", StringComparison.Ordinal)),
        response.ToString()));

    private static void AssertHasAll(HashSet<string> codes, IEnumerable<RecordedResponse> responses)
    {
        var missing = responses.Where(response => response.Status == HttpStatusCode.Created).Select(response => response.Code).ToHashSet();
        Assert.NotEmpty(missing);
        missing.ExceptWith(codes);
        Assert.Empty(missing);
    }

    private sealed record RecordedResponse(long Start, long End, HttpStatusCode Status, bool HasRetryAfter, string Code, string Body);

    /// <summary>Writers that create batches and record every response.</summary>
    private sealed class WriteLoad : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        private readonly ConcurrentQueue<RecordedResponse> _responses = new();
        private readonly HttpClient[] _clients;
        private readonly Task _writers;

        private WriteLoad(HttpClient[] clients)
        {
            _clients = clients;
            _writers = Task.WhenAll(Enumerable.Range(0, 4).Select(WriteAsync));
        }

        public IReadOnlyCollection<RecordedResponse> Responses => _responses;

        /// <summary>Starts the writers and waits for their first responses.</summary>
        public static async Task<WriteLoad> StartAsync(PostgresPair pair, params BatchesProcess[] servers)
        {
            var key = await pair.CreateKeyAsync();
            var load = new WriteLoad([.. servers.Select(server => server.CreateClient(key))]);
            await WaitUntilAsync(() => load._responses.Count >= 40);
            return load;
        }

        public Task WaitForAsync(Func<RecordedResponse, bool> condition) => WaitUntilAsync(() => _responses.Any(condition));

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await _writers;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            Array.ForEach(_clients, client => client.Dispose());
            _end.Dispose();
        }

        private static async Task WaitUntilAsync(Func<bool> condition)
        {
            for (var waiting = Stopwatch.StartNew(); !condition(); await Task.Delay(50, Cancellation))
                Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "The expected responses did not arrive within 20 s.");
        }

        /// <summary>Creates batches: every other one has an idempotency key and is retried until it is created.</summary>
        private async Task WriteAsync(int writer)
        {
            var isCreated = true;
            for (var n = 0; !_end.IsCancellationRequested;)
            {
                n = isCreated || n % 2 == 0 ? n + 1 : n;
                var code = string.Create(CultureInfo.InvariantCulture, $"B-{writer}-{n}");
                using var request = new HttpRequestMessage(HttpMethod.Post, Batches)
                {
                    Content = new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json"),
                };
                if (n % 2 == 1)
                    request.Headers.Add("Idempotency-Key", code);
                var start = Stopwatch.GetTimestamp();
                using var response = await _clients[writer % _clients.Length].SendAsync(request, Cancellation);
                isCreated = response.IsSuccessStatusCode;
                _responses.Enqueue(new RecordedResponse(
                    start, Stopwatch.GetTimestamp(), response.StatusCode, response.Headers.RetryAfter is not null, code,
                    await response.Content.ReadAsStringAsync(Cancellation)));
                await Task.Delay(5, Cancellation);
            }
        }
    }
}
