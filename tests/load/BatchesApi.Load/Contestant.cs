using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using BatchesApi.Batches;

namespace BatchesApi.Load;

/// <summary>A program that serves the operations.</summary>
/// <param name="Name">The name in tables.</param>
/// <param name="Binary">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Database">The database that it serves.</param>
/// <param name="Settings">Its environment variables.</param>
internal sealed record ContestantProgram(
    string Name, string Binary, IReadOnlyList<string> Arguments, SeededDatabase Database, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>Whether it is a version of the server, and not hand-written for the benchmark.</summary>
    public bool IsServer => Name is Contestants.Server or Contestants.Old or Contestants.Telemetry;

    /// <summary>Creates an API key of the measured account. Each operation has its own: with one for all, a long run would reach even the
    /// highest rate limits. The hand-written programs have one token.</summary>
    public async Task<string> CreateKeyAsync(CancellationToken cancellation) => IsServer
        ? await new ServerCommands(Binary, Database.ConnectionString).CreateKeyAsync(SeededDatabase.Measured, cancellation)
        : Database.Key;
}

/// <summary>A measured server in a separate process.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Contestant(ContestantProgram program, Process process, Uri address)
    {
        Program = program;
        _process = process;
        Address = address;
    }

    public ContestantProgram Program { get; }

    /// <summary>The name in tables.</summary>
    public string Name => Program.Name;

    public Uri Address { get; }

    /// <summary>The time from the start of the process to the first response of 200.</summary>
    public TimeSpan StartTime { get; private init; }

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not serve within 30 s.</exception>
    public static async Task<Contestant> StartAsync(ContestantProgram program, CancellationToken cancellation)
    {
        var port = FindFreePort().ToString(CultureInfo.InvariantCulture);
        var address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo(program.Binary, program.Arguments) { RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["PORT"] = port;
        start.Environment["NODE_ENV"] = "production";
        foreach (var (setting, value) in program.Settings)
            start.Environment[setting] = value;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;

        // Read the log, as a log collector does, and discard it.
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", program.Database.Key);
        while (!process.HasExited && clock.Elapsed < Timeout)
        {
            try
            {
                using var response = await client.GetAsync($"{BatchRoutes.Path}{(program.IsServer ? "?count=none" : "")}", cancellation);
                if (response.IsSuccessStatusCode)
                    return new Contestant(program, process, address) { StartTime = clock.Elapsed };
            }
            catch (HttpRequestException)
            {
                // The server is not listening yet.
            }
            await Task.Delay(2, cancellation);
        }
        if (!process.HasExited)
            process.Kill();
        throw new InvalidOperationException($"{program.Name} did not start.");
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
