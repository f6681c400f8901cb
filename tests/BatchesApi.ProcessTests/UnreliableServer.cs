using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ProcessTests;

/// <summary>Forwards requests to a server, and causes the errors that a client must handle. The first POST is carried out, but its response
/// is lost. The second gets 503, the third 429. Another client changes the batch before the first conditional change. Requests outside of
/// <c>/api</c> get 404 with <see cref="ProxyPage"/>, as from a proxy.</summary>
internal sealed class UnreliableServer : IAsyncDisposable
{
    /// <summary>The text that the other client writes.</summary>
    public const string OtherChange = "changed by another client";

    /// <summary>A body that is not of the server.</summary>
    public const string ProxyPage = "<html>a page of a proxy</html>";

    private readonly WebApplication _application;
    private readonly HttpClient _client;
    private int _creates;
    private int _conditionalChanges;

    private UnreliableServer(WebApplication application, HttpClient client) => (_application, _client) = (application, client);

    /// <summary>The requests so far.</summary>
    public ConcurrentQueue<ForwardedRequest> Requests { get; } = new();

    public string Address => _application.Urls.Single();

    /// <summary>Starts forwarding.</summary>
    /// <param name="client">A client of the server, with a key.</param>
    public static async Task<UnreliableServer> StartAsync(HttpClient client)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new UnreliableServer(builder.Build(), client);
        server._application.Run(server.ForwardAsync);
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task ForwardAsync(HttpContext context)
    {
        var request = new ForwardedRequest(
            TimeProvider.System.GetTimestamp(), context.Request.Method, context.Request.Path, context.Request.QueryString.Value!,
            context.Request.Headers["Idempotency-Key"].ToString(), context.Request.Headers.IfMatch.ToString());
        Requests.Enqueue(request);
        if (!request.Path.StartsWith("/api/", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync(ProxyPage, context.RequestAborted);
            return;
        }
        var attempt = request.Method == "POST" ? Interlocked.Increment(ref _creates) : 0;
        if (attempt is 2 or 3)
        {
            context.Response.StatusCode = attempt == 2 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "1";
            return;
        }
        var path = context.Request.Path + context.Request.QueryString;
        if (request.IfMatch.Length > 0 && Interlocked.Increment(ref _conditionalChanges) == 1)
        {
            using var change = new StringContent($$"""{"notes":"{{OtherChange}}"}""", new MediaTypeHeaderValue("application/json"));
            using var changed = await _client.PatchAsync(path, change, context.RequestAborted);
            changed.EnsureSuccessStatusCode();
        }

        using var message = await MessageAsync(context.Request, path);
        using var response = await _client.SendAsync(message, context.RequestAborted);
        if (attempt == 1)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task<HttpRequestMessage> MessageAsync(HttpRequest request, string path)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), path);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (body.Length > 0)
            message.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in request.Headers)
        {
            // The client has the key already; the rest belongs to the connection.
            if (name is "Host" or "Connection" or "Content-Length" or "Transfer-Encoding" or "Accept-Encoding")
                continue;
            if (!message.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                message.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }
        return message;
    }

    /// <summary>A request of the client.</summary>
    internal sealed record ForwardedRequest(
        long Timestamp, string Method, string Path, string Query, string IdempotencyKey, string IfMatch);
}
