using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace BatchesApi.Hosting;

/// <summary>Listens as Kestrel does, but stops with care. Kestrel closes each connection at once over which no request has come yet, and Linux resets those that
/// were not yet accepted; a request may be on its way over either. So new connections are kept out first, then those that wait are accepted, then the
/// listening ends, and last there is a moment for what they send.</summary>
internal sealed class DrainingListenerFactory : IConnectionListenerFactory
{
    private readonly ConcurrentDictionary<EndPoint, Socket> _listeners = new();
    private readonly SocketTransportFactory _sockets;
    private readonly TimeSpan _linger;

    /// <summary>Sets up the listening.</summary>
    public DrainingListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory log, ShutdownOptions settings)
    {
        var create = options.Value.CreateBoundListenSocket;
        options.Value.CreateBoundListenSocket = endpoint => _listeners[endpoint] = create(endpoint);
        _sockets = new SocketTransportFactory(options, log);
        _linger = settings.DrainDelay;
    }

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            var listener = await _sockets.BindAsync(endpoint, cancellationToken);
            return new Listener(listener, _listeners[endpoint], _linger);
        }
        catch (SocketException exception)
        {
            // Kestrel passes it on without the address.
            throw new StartupException($"Cannot listen on {endpoint}: {DescribeError(exception)}", exception);
        }
    }

    private static string DescribeError(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "this machine does not have that address. Choose another address with --urls.",
        SocketError.AccessDenied =>
            "permission denied. Ports below 1024 often require a privilege, and sockets a folder that can be written. Choose another address with --urls.",
        _ => $"{exception.Message}. Choose another address with --urls.",
    };

    private sealed class Listener(IConnectionListener inner, Socket socket, TimeSpan linger) : IConnectionListener
    {
        private const int SocketLevel = 1;
        private const int AttachFilter = 26;

        /// <summary>The program of one instruction, <c>BPF_RET | BPF_K</c>, that lets no packet pass (socket(7), SO_ATTACH_FILTER).</summary>
        private static readonly byte[] DropAll = [0x06, 0, 0, 0, 0, 0, 0, 0];

        public EndPoint EndPoint => inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => inner.AcceptAsync(cancellationToken);

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            KeepOut();
            await WaitAsync(linger / 2, cancellationToken);
            await inner.UnbindAsync(cancellationToken);
            await WaitAsync(linger / 2, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        /// <summary>Waits, but not where there is no time.</summary>
        private static async Task WaitAsync(TimeSpan time, CancellationToken cancellation) =>
            await Task.Delay(time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        /// <summary>Has Linux ignore whoever wants to connect. Clients ask again a second later, and are refused then.</summary>
        private void KeepOut()
        {
            if (linger == TimeSpan.Zero || !OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp)
                return;
            var program = Marshal.AllocHGlobal(DropAll.Length);
            try
            {
                Marshal.Copy(DropAll, 0, program, DropAll.Length);

                // struct sock_fprog: the number of instructions, and, aligned as pointers are, where they are.
                Span<byte> option = stackalloc byte[2 * nint.Size];
                option.Clear();
                BitConverter.TryWriteBytes(option, (ushort)1);
                MemoryMarshal.Write(option[nint.Size..], program);
                socket.SetRawSocketOption(SocketLevel, AttachFilter, option);
            }
            catch (SocketException)
            {
                // Where the system forbids it, whoever comes in this moment is cut off, and the rest is served all the same.
            }
            finally
            {
                Marshal.FreeHGlobal(program);
            }
        }
    }
}
