using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace BatchesApi.Load;

/// <summary>A measured server in a separate process.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Contestant(string name, Process process, Uri address)
    {
        Name = name;
        _process = process;
        Address = address;
    }

    /// <summary>The name in the table.</summary>
    public string Name { get; }

    public Uri Address { get; }

    /// <summary>The time from the start of the process to the first response of 200.</summary>
    public TimeSpan StartTime { get; private init; }

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="name">The name in the table.</param>
    /// <param name="binary">The published binary.</param>
    /// <param name="key">An API key for the first request.</param>
    /// <param name="settings">Settings as environment variables.</param>
    /// <param name="cancellation">Cancels the start.</param>
    public static async Task<Contestant> StartAsync(
        string name, string binary, string key, IReadOnlyDictionary<string, string> settings, CancellationToken cancellation)
    {
        var address = new Uri($"http://127.0.0.1:{FindFreePort()}");
        var start = new ProcessStartInfo(binary) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (setting, value) in settings)
            start.Environment[setting] = value;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;

        // Read the log, as a log collector does, and discard it.
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        while (true)
        {
            try
            {
                using var response = await client.GetAsync("/api/v2/batches?count=none", cancellation);
                if (response.IsSuccessStatusCode)
                    return new Contestant(name, process, address) { StartTime = clock.Elapsed };
            }
            catch (HttpRequestException) when (!process.HasExited && clock.Elapsed < Timeout)
            {
                // The server is not listening yet.
            }
            await Task.Delay(2, cancellation);
        }
    }

    /// <summary>The processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The memory (RSS) in millions of bytes.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await stop.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
