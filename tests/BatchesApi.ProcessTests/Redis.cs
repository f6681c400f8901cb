using System.ComponentModel;
using System.Diagnostics;

namespace BatchesApi.ProcessTests;

/// <summary>A Redis of its own, from the binary on the machine, that keeps nothing.</summary>
internal sealed class Redis : IDisposable
{
    private readonly int _port;
    private Process? _process;

    private Redis(int port) => _port = port;

    /// <summary>Whether there is the binary.</summary>
    public static bool IsInstalled { get; } = CanRun();

    /// <summary>How servers reach it.</summary>
    public string Configuration => $"127.0.0.1:{_port}";

    /// <summary>Starts it.</summary>
    public static Redis Start()
    {
        var redis = Prepare();
        redis.Resume();
        return redis;
    }

    /// <summary>Finds a port for it, and does not start it.</summary>
    public static Redis Prepare() => new(Ports.Free());

    /// <summary>Starts it again after <see cref="Stop"/>, empty.</summary>
    public void Resume()
    {
        _process = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
        })!;
        _process.BeginOutputReadLine();
    }

    /// <summary>Has it hang: connections stay, and nothing is answered; or go on again.</summary>
    public async Task HangAsync(bool hangs)
    {
        using var kill = Process.Start("kill", [hangs ? "-STOP" : "-CONT", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Stops it at once.</summary>
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
