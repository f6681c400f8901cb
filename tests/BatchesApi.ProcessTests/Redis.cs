using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace BatchesApi.ProcessTests;

/// <summary>A Redis without persistence, started from the installed binary.</summary>
internal sealed class Redis : IDisposable
{
    private readonly int _port;
    private Process? _process;

    private Redis(int port) => _port = port;

    /// <summary>Whether the binary is installed.</summary>
    public static bool IsInstalled { get; } = CanRun();

    /// <summary>The value of <c>ConnectionStrings__Redis</c>.</summary>
    public string Configuration => $"127.0.0.1:{_port}";

    public static Redis Start()
    {
        var redis = Prepare();
        redis.Resume();
        return redis;
    }

    /// <summary>Chooses a port without starting Redis.</summary>
    public static Redis Prepare() => new(Ports.FindFree());

    /// <summary>Starts an empty Redis, also after <see cref="Stop"/>.</summary>
    public void Resume()
    {
        string[] arguments = ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments)
        {
            RedirectStandardOutput = true,
        })!;
        _process.BeginOutputReadLine();
    }

    /// <summary>Suspends Redis, which keeps its connections but does not respond, or resumes it.</summary>
    public async Task HangAsync(bool hangs)
    {
        using var kill = Process.Start("kill", [hangs ? "-STOP" : "-CONT", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Deletes all data.</summary>
    public async Task FlushAsync()
    {
        using var client = new TcpClient("127.0.0.1", _port);
        await client.GetStream().WriteAsync("FLUSHALL\r\n"u8.ToArray());
        var response = new byte[5];
        await client.GetStream().ReadExactlyAsync(response);
        Assert.Equal("+OK\r\n"u8.ToArray(), response);
    }

    public void Stop()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
            Stop();
    }

    private static bool CanRun()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("redis-server", ["--version"]) { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
