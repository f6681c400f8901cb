using System.Net;

namespace BatchesApi.Load;

/// <summary>A collector of telemetry that accepts and discards everything.</summary>
internal sealed class TelemetryCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private long _bytes;

    private TelemetryCollector(string address)
    {
        Address = address;
        _listener.Prefixes.Add($"{address}/");
    }

    public string Address { get; }

    /// <summary>How much it has received.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public static TelemetryCollector Start()
    {
        var collector = new TelemetryCollector("http://127.0.0.1:14318");
        collector._listener.Start();
        _ = collector.ReceiveAsync();
        return collector;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private async Task ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                for (int read; (read = await context.Request.InputStream.ReadAsync(buffer)) > 0;)
                    _bytes += read;
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
