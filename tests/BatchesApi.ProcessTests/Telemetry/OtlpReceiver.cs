using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ProcessTests.Telemetry;

/// <summary>A span, with its attributes that are text.</summary>
internal sealed record Span(
    string Scope,
    string TraceId,
    string Id,
    string ParentId,
    string Name,
    IReadOnlyDictionary<string, string> Attributes)
{
    public bool IsRequest => Attributes.ContainsKey("http.request.method");
}

/// <summary>A collector of traces, metrics and logs (OTLP over HTTP, as protobuf). It responds to every other POST with 200, too.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>The bodies of one signal, such as <c>traces</c>, or of all of them.</summary>
    public IReadOnlyList<byte[]> Bodies(string signal = "") =>
        [.. _received.Where(request => request.Path.StartsWith($"/v1/{signal}", StringComparison.Ordinal)).Select(request => request.Body)];

    /// <summary>The spans so far.</summary>
    public IReadOnlyList<Span> Spans => [.. Bodies("traces").SelectMany(ReadSpans)];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The variables that make a server send everything here, soon.</summary>
    public (string Name, string? Value)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ];

    /// <summary>Waits until a trace has its request, the last span to end.</summary>
    /// <returns>All spans of the trace.</returns>
    public async Task<IReadOnlyList<Span>> WaitForTraceAsync(string traceId)
    {
        await WaitForAsync(() => Spans.Any(span => span.TraceId == traceId && span.IsRequest));
        return [.. Spans.Where(span => span.TraceId == traceId)];
    }

    public static async Task WaitForAsync(Func<bool> condition)
    {
        for (var waiting = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(waiting.Elapsed < Timeout, "The telemetry did not arrive within 60 s.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        _received.Enqueue((context.Request.Path, content.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>Reads an <c>ExportTraceServiceRequest</c>.</summary>
    private static IEnumerable<Span> ReadSpans(byte[] body) =>
        from resource in Protobuf.Read(body, 1)
        from scope in Protobuf.Read(resource, 2)
        let name = Protobuf.ReadText(Protobuf.Read(scope, 1).Single(), 1)
        from span in Protobuf.Read(scope, 2)
        select new Span(
            name,
            ReadId(span, 1),
            ReadId(span, 2),
            ReadId(span, 4),
            Protobuf.ReadText(span, 5),
            Protobuf.Read(span, 9).ToDictionary(
                attribute => Protobuf.ReadText(attribute, 1),
                attribute => Protobuf.Read(attribute, 2).Select(value => Protobuf.ReadText(value, 1)).FirstOrDefault() ?? ""));

    private static string ReadId(ReadOnlyMemory<byte> message, int field) =>
        Convert.ToHexStringLower(Protobuf.Read(message, field).FirstOrDefault().Span);
}

/// <summary>Reads the encoding of Protocol Buffers.</summary>
internal static class Protobuf
{
    /// <summary>The contents of a field with text, bytes or messages.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> message, int field)
    {
        for (var rest = message; !rest.IsEmpty;)
        {
            var tag = ReadNumber(ref rest);
            var length = (tag & 7) switch
            {
                0 => ReadNumber(ref rest) & 0,
                1 => 8UL,
                2 => ReadNumber(ref rest),
                5 => 4UL,
                _ => throw new InvalidDataException($"The wire type {tag & 7} is unknown."),
            };
            if ((tag & 7) == 2 && tag >> 3 == (ulong)field)
                yield return rest[..(int)length];
            rest = rest[(int)length..];
        }
    }

    /// <summary>The text of a field; empty if it is absent.</summary>
    public static string ReadText(ReadOnlyMemory<byte> message, int field) =>
        Encoding.UTF8.GetString(Read(message, field).FirstOrDefault().Span);

    private static ulong ReadNumber(ref ReadOnlyMemory<byte> rest)
    {
        var number = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = rest.Span[0];
            rest = rest[1..];
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return number;
        }
    }
}
