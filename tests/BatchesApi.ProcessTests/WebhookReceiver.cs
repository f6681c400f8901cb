using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ProcessTests;

/// <summary>Receives the requests of webhooks.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<Arrival> _arrivals = new();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Urls.Add("http://127.0.0.1:0");
        _application.MapPost("/", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var (body, status) = (await reader.ReadToEndAsync(), Status);
            _arrivals.Enqueue(new Arrival(
                request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString(),
                request.Headers["webhook-signature"].ToString(), body, status == HttpStatusCode.NoContent));
            return Results.StatusCode((int)status);
        });
    }

    /// <summary>A request.</summary>
    internal sealed record Arrival(string Id, string Timestamp, string Signature, string Body, bool IsAccepted)
    {
        /// <summary>The id of the batch, and its version after the change.</summary>
        public string Change { get; } = FindChange(Body);

        /// <summary>The signature with a secret.</summary>
        public string Sign(string secret) => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(
            Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}")))}";

        private static string FindChange(string body)
        {
            var data = JsonNode.Parse(body)!["data"]!;
            return $"{data["id"]} {data["version"]}";
        }
    }

    /// <summary>The status of the responses.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.NoContent;

    /// <summary>The requests so far.</summary>
    public IReadOnlyCollection<Arrival> Arrivals => [.. _arrivals];

    public string Address => $"{_application.Urls.Single()}/";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        await receiver._application.StartAsync();
        return receiver;
    }

    /// <summary>Forgets the requests so far.</summary>
    public void Clear() => _arrivals.Clear();

    /// <summary>Waits until the requests fulfill a condition.</summary>
    public async Task WaitAsync(Func<IReadOnlyCollection<Arrival>, bool> condition)
    {
        for (var waiting = Stopwatch.StartNew(); !condition(Arrivals); await Task.Delay(50, TestContext.Current.CancellationToken))
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), $"Only {_arrivals.Count} requests arrived within 60 s.");
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
