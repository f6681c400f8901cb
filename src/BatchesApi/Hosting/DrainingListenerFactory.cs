using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace BatchesApi.Hosting;

/// <summary>Drains connections on shutdown. Kestrel closes idle connections immediately and Linux resets those still in the accept queue;
/// both can lose a request in flight. So this listener first drops new connections, accepts those in the queue, closes the socket, and then
/// waits for their requests (docs/decisions/0011-drain-connections.md).</summary>
internal sealed class DrainingListenerFactory : IConnectionListenerFactory
{
    private readonly ConcurrentDictionary<EndPoint, Socket> _listeners = new();
    private readonly SocketTransportFactory _sockets;
    private readonly TimeSpan _drainDelay;

    public DrainingListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory log, ShutdownOptions shutdown)
    {
        var create = options.Value.CreateBoundListenSocket;
        options.Value.CreateBoundListenSocket = endpoint => _listeners[endpoint] = create(endpoint);
        _sockets = new SocketTransportFactory(options, log);
        _drainDelay = shutdown.DrainDelay;
    }

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            var listener = await _sockets.BindAsync(endpoint, cancellationToken);
            return new Listener(listener, _listeners[endpoint], _drainDelay);
        }
        catch (SocketException exception)
        {
            // Kestrel's message does not contain the address.
            throw new StartupException($"Cannot listen on {endpoint}: {DescribeError(exception)}", exception);
        }
    }

    private static string DescribeError(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "this machine does not have that address. Choose another address with --urls.",
        SocketError.AccessDenied =>
            "permission denied. Ports below 1024 often require a privilege, and sockets a writable folder. "
                + "Choose another address with --urls.",
        _ => $"{exception.Message}. Choose another address with --urls.",
    };

    private sealed class Listener(IConnectionListener inner, Socket socket, TimeSpan drainDelay) : IConnectionListener
    {
        private const int SocketLevel = 1;
        private const int AttachFilter = 26;

        /// <summary>A filter of one instruction, <c>BPF_RET | BPF_K</c> with 0, that drops every packet (socket(7),
        /// SO_ATTACH_FILTER).</summary>
        private static readonly byte[] DropAll = [0x06, 0, 0, 0, 0, 0, 0, 0];

        public EndPoint EndPoint => inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            inner.AcceptAsync(cancellationToken);

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            DropNewConnections();
            await WaitAsync(drainDelay / 2, cancellationToken);
            await inner.UnbindAsync(cancellationToken);
            await WaitAsync(drainDelay / 2, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private static async Task WaitAsync(TimeSpan time, CancellationToken cancellation) =>
            await Task.Delay(time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        /// <summary>Drops incoming SYNs. Clients retry after a second and are then refused.</summary>
        private void DropNewConnections()
        {
            if (drainDelay == TimeSpan.Zero || !OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp)
                return;
            var program = Marshal.AllocHGlobal(DropAll.Length);
            try
            {
                Marshal.Copy(DropAll, 0, program, DropAll.Length);

                // struct sock_fprog: the number of instructions, and an aligned pointer to them.
                Span<byte> option = stackalloc byte[2 * nint.Size];
                option.Clear();
                BitConverter.TryWriteBytes(option, (ushort)1);
                MemoryMarshal.Write(option[nint.Size..], program);
                socket.SetRawSocketOption(SocketLevel, AttachFilter, option);
            }
            catch (SocketException)
            {
                // If the system forbids filters, only connections of this moment are lost.
            }
            finally
            {
                Marshal.FreeHGlobal(program);
            }
        }
    }
}
