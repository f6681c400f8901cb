using System.Net;
using System.Net.Sockets;

namespace BatchesApi.ProcessTests;

/// <summary>A TCP proxy between the server and PostgreSQL, which tests open and close.</summary>
internal sealed class DatabaseProxy : IAsyncDisposable
{
    private readonly DnsEndPoint _target;
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private Socket? _listener;
    private int _port;

    private DatabaseProxy(DnsEndPoint target) => _target = target;

    /// <summary>The connection string through the proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Creates a closed proxy to the server of a connection string.</summary>
    public static DatabaseProxy Create(string connectionString)
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
        var proxy = new DatabaseProxy(new DnsEndPoint(settings.Host!, settings.Port));
        proxy.Open();
        proxy.Close();
        proxy.ConnectionString =
            new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = proxy._port }.ConnectionString;
        return proxy;
    }

    /// <summary>Accepts connections.</summary>
    public void Open()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, _port));
        _listener.Listen();
        _port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync(_listener);
    }

    /// <summary>Closes every connection and refuses new ones.</summary>
    public void Close()
    {
        _listener?.Dispose();
        lock (_lock)
        {
            foreach (var socket in _sockets)
                socket.Close(timeout: 0);
            _sockets.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _ = ForwardAsync(await listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The proxy was closed.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (_lock)
            _sockets.AddRange([client, server]);
        try
        {
            await server.ConnectAsync(_target);
            await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            client.Close(timeout: 0);
            server.Close(timeout: 0);
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
