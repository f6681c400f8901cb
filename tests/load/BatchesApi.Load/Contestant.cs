using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace BatchesApi.Load;

/// <summary>A server that is measured, in a process of its own.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Contestant(string name, Process process, Uri address)
    {
        Name = name;
        _process = process;
        Address = address;
    }

    /// <summary>What it is called in the table.</summary>
    public string Name { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>How long it took from the start of the process to the first answer of 200.</summary>
    public TimeSpan StartTime { get; private init; }

    /// <summary>Starts one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="binary">The published binary.</param>
    /// <param name="key">An API key, to ask for the first page with.</param>
    /// <param name="settings">Settings, as environment variables.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<Contestant> StartAsync(
        string name, string binary, string key, IReadOnlyDictionary<string, string> settings, CancellationToken cancellation)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(binary) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (setting, value) in settings)
            start.Environment[setting] = value;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;

        // The log is read, as an operator's collector would, and dropped.
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
            catch (HttpRequestException) when (!process.HasExited && clock.Elapsed < Patience)
            {
                // It does not listen yet.
            }
            await Task.Delay(2, cancellation);
        }
    }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory that it holds (RSS), in MB of a million bytes.</summary>
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
