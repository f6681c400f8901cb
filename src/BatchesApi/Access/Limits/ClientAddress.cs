using System.Net;
using System.Net.Sockets;

namespace BatchesApi.Access.Limits;

/// <summary>The network address by which clients without a credential are told apart.</summary>
internal static class ClientAddress
{
    /// <summary>The network address of the client; of IPv6 the first half, which one client commonly has all of.</summary>
    public static string Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]]).ToString()
            : address.ToString();
    }
}
