using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>A proxy between a server and PostgreSQL that counts round trips and statements.</summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly Task _accepting;
    private int _roundTrips;
    private int _statements;

    /// <summary>Creates a proxy for the PostgreSQL of a connection string.</summary>
    public PostgresProxy(string connectionString)
    {
        _target = new NpgsqlConnectionStringBuilder(connectionString);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The keywords that make a connection string use the proxy.</summary>
    public string Settings =>
        $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};SSL Mode=Disable;GSS Encryption Mode=Disable";

    /// <summary>Returns and resets the number of round trips and of executed statements.</summary>
    public (int RoundTrips, int Statements) Take() => (Interlocked.Exchange(ref _roundTrips, 0), Interlocked.Exchange(ref _statements, 0));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ForwardAsync(await _listener.AcceptSocketAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var server = await ConnectAsync();
        using (client)
        {
            var isWaiting = false;
            await Task.WhenAll(
                ForwardAsync(client, server, new MessageCounter(this), bytes =>
                {
                    if (bytes > 0 && !isWaiting)
                    {
                        isWaiting = true;
                        Interlocked.Increment(ref _roundTrips);
                    }
                }),
                ForwardAsync(server, client, null, _ => isWaiting = false));
        }
    }

    private async Task ForwardAsync(Socket from, Socket to, MessageCounter? counter, Action<int> passed)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _end.Token);
                passed(count);
                counter?.Add(buffer.AsSpan(0, count));
                if (count == 0)
                    break;
                await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has closed the connection.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var isFile = _target.Host!.StartsWith('/');
        var socket = isFile
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (isFile)
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{_target.Host}/.s.PGSQL.{_target.Port}"), _end.Token);
        else
            await socket.ConnectAsync(_target.Host, _target.Port, _end.Token);
        return socket;
    }

    /// <summary>Counts the messages of a client that execute a statement (PostgreSQL's manual, section 55.7). The first message has no
    /// type.</summary>
    private sealed class MessageCounter(PostgresProxy proxy)
    {
        private readonly byte[] _head = new byte[5];
        private int _headLength = 1;
        private int _left;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                if (_left > 0)
                {
                    if (--_left == 0)
                        _headLength = 0;
                    continue;
                }
                _head[_headLength++] = value;
                if (_headLength < _head.Length)
                    continue;
                if (_head[0] is (byte)'E' or (byte)'Q')
                    Interlocked.Increment(ref proxy._statements);
                _left = BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(1)) - 4;
                if (_left == 0)
                    _headLength = 0;
            }
        }
    }
}
