using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace BatchesApi.ProcessTests;

/// <summary>A primary and a standby, of which either goes away.</summary>
public sealed class FailoverTests
{
    private const string Batches = "/api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_promotion_writes_go_on_soon_with_nothing_acknowledged_lost()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var server = await ServeAsync(pair);
        using var client = await CreateClientAsync(server, pair);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var responses = new ConcurrentQueue<StoredResponse>();
        var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(client, writer, responses, end.Token)).ToArray();

        await WaitForWritesAsync(responses);
        Assert.All(responses, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        await pair.Primary.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        await pair.Standby.PromoteAsync();
        var promoted = Stopwatch.GetTimestamp();
        await pair.Standby.AskAsync("SELECT pg_reload_conf()");
        await Task.Delay(TimeSpan.FromSeconds(5), Cancellation);
        await end.CancelAsync();
        await Task.WhenAll(writers);

        AssertServedOrPutOff(responses);
        var back = responses.Where(answer => answer.Status == HttpStatusCode.Created && answer.End > promoted).Min(answer => answer.End);
        var seconds = Stopwatch.GetElapsedTime(promoted, back).TotalSeconds;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Writes were back {seconds:0.00} s after the promotion."));
        Assert.InRange(seconds, 0, 5);
        AssertHasAll(await PostgresPair.CodesAsync(pair.Standby), responses);
    }

    [Fact]
    public async Task While_no_standby_confirms_a_write_it_is_never_acknowledged()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var server = await ServeAsync(pair);
        using var client = await CreateClientAsync(server, pair);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var responses = new ConcurrentQueue<StoredResponse>();
        var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(client, writer, responses, end.Token)).ToArray();

        await WaitForWritesAsync(responses);
        await pair.Standby.FreezeAsync();
        var frozen = Stopwatch.GetTimestamp();
        var impatient = $"{pair.Primary.ConnectionString("batches")};Command Timeout=1";
        var import = BatchesProcess.RunWithInputAsync(
            impatient, """{"batchCode":"imported","batchType":"x"}""", "import", "--account", "acme");
        var account = BatchesProcess.RunAsync(impatient, "accounts", "create", "--name", "second");
        await Task.Delay(TimeSpan.FromSeconds(7), Cancellation);
        await Task.WhenAny(Task.WhenAll(import, account), Task.Delay(TimeSpan.FromSeconds(40), Cancellation));
        var thawed = Stopwatch.GetTimestamp();
        await pair.Standby.ThawAsync();
        var (accountExitCode, _, accountErrors) = await account;
        var (exitCode, _, errors) = await import;
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
        await end.CancelAsync();
        await Task.WhenAll(writers);

        AssertServedOrPutOff(responses);

        // What ends a moment after the standby was frozen may have been confirmed before.
        var meanwhile = responses.Where(answer => Stopwatch.GetElapsedTime(frozen, answer.End) > TimeSpan.FromSeconds(1) && answer.End < thawed).ToList();
        Assert.NotEmpty(meanwhile);
        Assert.All(meanwhile, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status));
        Assert.Contains(meanwhile, answer => answer.Body.Contains("may or may not survive", StringComparison.Ordinal));
        Assert.Contains(responses, answer => answer.Status == HttpStatusCode.Created && answer.Start > thawed);
        AssertHasAll(await PostgresPair.CodesAsync(pair.Standby), responses);
        Assert.All([(exitCode, errors), (accountExitCode, accountErrors)], command =>
        {
            Assert.Equal(1, command.Item1);
            Assert.Contains("may or may not survive", command.Item2, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_standby_that_hangs_holds_up_no_request()
    {
        await using var pair = await PostgresPair.StartAsync();
        await pair.Primary.AskAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await pair.Primary.AskAsync("SELECT pg_reload_conf()");
        await using var server = await ServeAsync(pair);
        using var client = await CreateClientAsync(server, pair);
        await client.GetStringAsync(Batches, Cancellation);

        await pair.Standby.FreezeAsync();

        // Longer than Npgsql remembers which one the standby is, unless told otherwise.
        var slow = 0;
        for (var duration = Stopwatch.StartNew(); duration.Elapsed < TimeSpan.FromSeconds(12);)
        {
            var start = Stopwatch.GetTimestamp();
            using var response = await client.GetAsync($"{Batches}?limit=1", Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            slow += Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(0.9) ? 1 : 0;
            await Task.Delay(100, Cancellation);
        }

        // If the hosts were asked again each second, it would be six; a busy machine may have one or two of its own.
        Assert.InRange(slow, 0, 3);
    }

    private static Task<BatchesProcess> ServeAsync(PostgresPair pair) =>
        BatchesProcess.ServeAsync(("ConnectionStrings__Batches", pair.ConnectionString), ("RateLimits__Enabled", "false"));

    private static async Task<HttpClient> CreateClientAsync(BatchesProcess server, PostgresPair pair)
    {
        var (_, key, errors) = await BatchesProcess.RunAsync(pair.ConnectionString, "accounts", "create", "--name", "acme", "--with-key", "first");
        Assert.True(key.Length > 0, errors);
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Creates batches until told to end: plain ones, and ones with an idempotency key, which is sent again until there is an answer.</summary>
    private static async Task WriteAsync(HttpClient client, int writer, ConcurrentQueue<StoredResponse> responses, CancellationToken end)
    {
        var isAnswered = true;
        for (var n = 0; !end.IsCancellationRequested;)
        {
            n = isAnswered || n % 2 == 0 ? n + 1 : n;
            var code = string.Create(CultureInfo.InvariantCulture, $"B-{writer}-{n}");
            using var request = new HttpRequestMessage(HttpMethod.Post, Batches)
            {
                Content = new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json"),
            };
            if (n % 2 == 1)
                request.Headers.Add("Idempotency-Key", code);
            var start = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, Cancellation);
            isAnswered = response.IsSuccessStatusCode;
            responses.Enqueue(new StoredResponse(
                start, Stopwatch.GetTimestamp(), response.StatusCode, response.Headers.RetryAfter is not null, code, await response.Content.ReadAsStringAsync(Cancellation)));
            await Task.Delay(5, Cancellation);
        }
    }

    private static async Task WaitForWritesAsync(ConcurrentQueue<StoredResponse> responses)
    {
        for (var patience = Stopwatch.StartNew(); responses.Count < 40; await Task.Delay(50, Cancellation))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "Writes do not begin.");
    }

    /// <summary>A key whose first request has not ended yet may be told so.</summary>
    private static void AssertServedOrPutOff(IEnumerable<StoredResponse> responses) => Assert.All(responses, answer => Assert.True(
        answer.Status == HttpStatusCode.Created
        || (answer.Status == HttpStatusCode.ServiceUnavailable && answer.SaysWhenToRetry)
        || (answer.Status == HttpStatusCode.Conflict && answer.Body.Contains("idempotency_key_in_flight", StringComparison.Ordinal)),
        answer.ToString()));

    private static void AssertHasAll(HashSet<string> codes, IEnumerable<StoredResponse> responses)
    {
        var missing = responses.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Code).ToHashSet();
        Assert.NotEmpty(missing);
        missing.ExceptWith(codes);
        Assert.Empty(missing);
    }

    private sealed record StoredResponse(long Start, long End, HttpStatusCode Status, bool SaysWhenToRetry, string Code, string Body);
}
