using System.Net;
using System.Net.Sockets;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The part of an address that stands for one client.</summary>
internal static class ClientNetwork
{
    /// <summary>An IPv4 address, or the first half of an IPv6 address: one client commonly has the whole /64.</summary>
    public static IPAddress FromAddress(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]])
            : address;
    }
}
