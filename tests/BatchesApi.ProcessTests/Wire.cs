using System.Net;
using System.Net.Sockets;

namespace BatchesApi.ProcessTests;

/// <summary>The wire between the server and PostgreSQL, for tests to cut and to mend.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly DnsEndPoint _target;
    private readonly List<Socket> _ends = [];
    private readonly Lock _lock = new();
    private Socket? _listener;
    private int _port;

    private Wire(DnsEndPoint target) => _target = target;

    /// <summary>The connection string that goes by this wire.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Lays a wire to the database of a connection string; it is cut at first.</summary>
    public static Wire To(string connectionString)
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
        var wire = new Wire(new DnsEndPoint(settings.Host!, settings.Port));
        wire.Mend();
        wire.Cut();
        wire.ConnectionString = new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = wire._port }.ConnectionString;
        return wire;
    }

    /// <summary>Lets connections through.</summary>
    public void Mend()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, _port));
        _listener.Listen();
        _port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync(_listener);
    }

    /// <summary>Ends every connection and refuses new ones.</summary>
    public void Cut()
    {
        _listener?.Dispose();
        lock (_lock)
        {
            foreach (var end in _ends)
                end.Close(timeout: 0);
            _ends.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _ = JoinAsync(await listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The wire was cut.
        }
    }

    private async Task JoinAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (_lock)
            _ends.AddRange([near, far]);
        try
        {
            await far.ConnectAsync(_target);
            await Task.WhenAll(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            near.Close(timeout: 0);
            far.Close(timeout: 0);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer) is > 0 and var length)
            await to.SendAsync(buffer.AsMemory(0, length));
        to.Shutdown(SocketShutdown.Send);
    }
}
