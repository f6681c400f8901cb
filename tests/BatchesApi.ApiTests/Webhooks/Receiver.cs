using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests.Webhooks;

/// <summary>A request that the receiver got.</summary>
/// <param name="Id">The header <c>webhook-id</c>.</param>
/// <param name="Timestamp">The header <c>webhook-timestamp</c>.</param>
/// <param name="Signature">The header <c>webhook-signature</c>.</param>
/// <param name="Body">The body.</param>
/// <param name="Headers">All headers.</param>
internal sealed record Received(
    string Id, string Timestamp, string Signature, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string Type => (string)Json["type"]!;

    public string? BatchId => (string?)Json["data"]!["id"];

    public int? Version => (int?)Json["data"]!["version"];

    /// <summary>Whether one of the signatures is that of a secret.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}"));
        return Signature.Split(' ').Contains($"v1,{Convert.ToBase64String(hash)}");
    }
}

/// <summary>A server that receives events.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    /// <summary>Transactions of other tests on the same PostgreSQL may hold the feed back.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Func<Received, HttpContext, Task> _respond;

    private Receiver(WebApplication app, Func<Received, HttpContext, Task> respond) => (_app, _respond) = (app, respond);

    /// <summary>The requests so far, in order.</summary>
    public IReadOnlyList<Received> All => [.. _received];

    public string Url => $"{_app.Urls.First()}/hook";

    /// <summary>Starts a receiver that responds to every request with success.</summary>
    public static Task<Receiver> StartAsync() => StartAsync((_, _) => Task.CompletedTask);

    /// <summary>Starts a receiver.</summary>
    /// <param name="respond">Writes the responses.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    public static async Task<Receiver> StartAsync(Func<Received, HttpContext, Task> respond, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build(), respond);
        receiver._app.Run(receiver.ReceiveAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Waits for requests that meet a condition.</summary>
    /// <param name="count">The number of requests.</param>
    /// <param name="condition">The condition; null for all.</param>
    /// <param name="distinct">Counts requests with the same value once; null to count each.</param>
    /// <returns>These requests, in order.</returns>
    public async Task<IReadOnlyList<Received>> WaitAsync(
        int count, Func<Received, bool>? condition = null, Func<Received, object>? distinct = null)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var found = All.Where(condition ?? (_ => true)).DistinctBy(distinct ?? (one => one)).ToList();
            if (found.Count >= count)
                return found;
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) < Timeout,
                $"{found.Count} of {count} requests: {string.Join('\n', All.TakeLast(20).Select(one => one.Body))}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var headers = context.Request.Headers;
        var received = new Received(
            $"{headers["webhook-id"]}",
            $"{headers["webhook-timestamp"]}",
            $"{headers["webhook-signature"]}",
            await reader.ReadToEndAsync(context.RequestAborted),
            headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _received.Enqueue(received);
        await _respond(received, context);
    }
}
