using System.Net;
using System.Net.Sockets;

namespace BatchesApi.ProcessTests;

/// <summary>Local TCP ports.</summary>
internal static class Ports
{
    /// <summary>Finds a port that is not in use.</summary>
    public static int FindFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
