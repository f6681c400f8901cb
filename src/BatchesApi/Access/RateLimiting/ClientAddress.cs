using System.Net;
using System.Net.Sockets;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The network address that identifies a client without a credential.</summary>
internal static class ClientAddress
{
    public static string FromContext(HttpContext context) => GetNetwork(context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();

    /// <summary>Returns an IPv4 address, or the first 64 bits of an IPv6 address: one client commonly has the whole /64.</summary>
    public static IPAddress GetNetwork(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]])
            : address;
    }
}
