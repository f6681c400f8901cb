using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace BatchesApi.ProcessTests;

/// <summary>A response to a create.</summary>
/// <param name="Start">The timestamp of the request.</param>
/// <param name="End">The timestamp of the response.</param>
/// <param name="Status">Its status.</param>
/// <param name="HasRetryAfter">Whether it has the header <c>Retry-After</c>.</param>
/// <param name="Code">The code of the batch.</param>
/// <param name="Body">Its body.</param>
internal sealed record RecordedResponse(long Start, long End, HttpStatusCode Status, bool HasRetryAfter, string Code, string Body);

/// <summary>Writers that create batches and record every response.</summary>
internal sealed class WriteLoad : IAsyncDisposable
{
    private const string Batches = "/api/v2/batches";

    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
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
        for (var waiting = Stopwatch.StartNew(); !condition(); await Task.Delay(50, TestContext.Current.CancellationToken))
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
            using var response = await _clients[writer % _clients.Length].SendAsync(request, TestContext.Current.CancellationToken);
            isCreated = response.IsSuccessStatusCode;
            _responses.Enqueue(new RecordedResponse(
                start, Stopwatch.GetTimestamp(), response.StatusCode, response.Headers.RetryAfter is not null, code,
                await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Asserts that writes succeed, may be retried, or repeat an idempotency key whose first request is still running.</summary>
    public void AssertServedOrRetryable() => Assert.All(Responses, response => Assert.True(
        response.Status == HttpStatusCode.Created
        || (response.Status == HttpStatusCode.ServiceUnavailable && response.HasRetryAfter)
        || (response.Status == HttpStatusCode.Conflict && response.Body.Contains("idempotency_key_in_flight", StringComparison.Ordinal)),
        response.ToString()));

    /// <summary>Asserts that all created batches are among those with some codes.</summary>
    public void AssertNoneIsLost(HashSet<string> codes)
    {
        var missing = Responses.Where(response => response.Status == HttpStatusCode.Created).Select(response => response.Code).ToHashSet();
        Assert.NotEmpty(missing);
        missing.ExceptWith(codes);
        Assert.Empty(missing);
    }
}
