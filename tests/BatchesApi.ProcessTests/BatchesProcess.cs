using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>The real program in a separate process.</summary>
internal sealed partial class BatchesProcess : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private const string DevelopmentEnvironment = "Development";

    /// <summary>The program that was built for the tests, with the private PostgreSQL of development.</summary>
    private static readonly string Built = typeof(Program).Assembly.Location;

    /// <summary>The published program in <c>BATCHES_TEST_PROGRAM</c>, which starts in a third of the time, or the built one.</summary>
    private static readonly string Published =
        Environment.GetEnvironmentVariable("BATCHES_TEST_PROGRAM") is { Length: > 0 } program ? Path.GetFullPath(program) : Built;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BatchesProcess(
        string[] arguments, IReadOnlyList<(string Name, string? Value)> environment, string? input = null, string? binary = null)
    {
        var program = environment.Any(setting => setting.Value == DevelopmentEnvironment) ? Built : Published;
        var start = new ProcessStartInfo(binary ?? "dotnet", binary is null ? ["exec", program, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = input is not null,
        };
        start.Environment.Remove("ConnectionStrings__Batches");

        // Most processes live for seconds: instrumenting methods for later optimization costs them more than it saves.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Record(line.Data, _output);
        _process.ErrorDataReceived += (_, line) => Record(line.Data, _errors);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        if (input is null)
            return;
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
    }

    /// <summary>The runtime configuration of the program.</summary>
    public static string RuntimeConfiguration => Path.ChangeExtension(Published, ".runtimeconfig.json");

    public int ProcessId => _process.Id;

    /// <summary>The address of the server.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Standard output so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Standard error so far.</summary>
    public string Errors => string.Join('\n', _errors);

    public bool HasExited => _process.HasExited;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string? connectionString, params string[] arguments)
    {
        await using var process = new BatchesProcess(arguments, [("ConnectionStrings__Batches", connectionString)]);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Errors);
    }

    /// <summary>Runs a command to its end, with standard input.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunWithInputAsync(
        string? connectionString, string input, params string[] arguments)
    {
        await using var process = new BatchesProcess(arguments, [("ConnectionStrings__Batches", connectionString)], input);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Errors);
    }

    /// <summary>Runs a command to its end, with environment variables.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        (string Name, string? Value)[] environment, string? input, params string[] arguments)
    {
        await using var process = new BatchesProcess(arguments, environment, input);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Errors);
    }

    /// <summary>Runs a command of a binary that contains .NET to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunBinaryAsync(
        string binary, string connectionString, params string[] arguments)
    {
        await using var process = new BatchesProcess(arguments, [("ConnectionStrings__Batches", connectionString)], binary: binary);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Errors);
    }

    /// <summary>Starts a server without waiting for it.</summary>
    public static BatchesProcess Start(params (string Name, string? Value)[] environment) => Start([], environment);

    /// <summary>Starts the program without waiting for it.</summary>
    public static BatchesProcess Start(string[] arguments, params (string Name, string? Value)[] environment) =>
        new(arguments, [("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Shutdown__DelaySeconds", "0"), .. environment]);

    /// <summary>Starts a server and waits until it listens.</summary>
    public static Task<BatchesProcess> ServeAsync(params (string Name, string? Value)[] environment) =>
        WaitUntilListeningAsync(Start(environment));

    /// <summary>As <see cref="ServeAsync"/>, with a binary that contains .NET.</summary>
    public static Task<BatchesProcess> ServeBinaryAsync(string binary, params (string Name, string? Value)[] environment) =>
        WaitUntilListeningAsync(new BatchesProcess(
            [], [("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Shutdown__DelaySeconds", "0"), .. environment], binary: binary));

    /// <summary>A client of the server.</summary>
    /// <param name="key">The API key that it sends, or null for none.</param>
    public HttpClient CreateClient(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Waits until standard output or standard error matches a pattern.</summary>
    public async Task<Match> WaitForAsync(Func<string> text, Regex pattern)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Timeout)
        {
            if (pattern.Match(text()) is { Success: true } match)
                return match;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"No output matched '{pattern}'.\n{Output}\n{Errors}");
    }

    /// <summary>Sends a signal, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Kill() => _process.Kill();

    /// <summary>Waits for the process to exit.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Timeout);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            using var timeout = new CancellationTokenSource(Timeout);
            await _process.WaitForExitAsync(timeout.Token);
        }
        _process.Dispose();
    }

    private static async Task<BatchesProcess> WaitUntilListeningAsync(BatchesProcess process)
    {
        var exited = process._process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(process._listening.Task, exited).WaitAsync(Timeout) == exited)
            throw new InvalidOperationException($"The server exited early.\n{process.Output}\n{process.Errors}");
        process.Address = await process._listening.Task;
        return process;
    }

    private void Record(string? line, ConcurrentQueue<string> lines)
    {
        if (line is null)
            return;
        lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
