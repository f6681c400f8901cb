using System.Net;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Which addresses are globally reachable (the special-purpose address registries of IANA).</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] PrivateIPv4 = Parse(
        "0.0.0.0/8", // this network
        "10.0.0.0/8", // private
        "100.64.0.0/10", // shared by the customers of a provider
        "127.0.0.0/8", // loopback
        "168.63.129.16/32", // services of Azure to a virtual machine
        "169.254.0.0/16", // link-local, with the metadata of clouds
        "172.16.0.0/12", // private
        "192.0.0.0/24", // protocol assignments
        "192.0.2.0/24", // documentation
        "192.88.99.0/24", // relays to 6to4
        "192.168.0.0/16", // private
        "198.18.0.0/15", // benchmarks
        "198.51.100.0/24", // documentation
        "203.0.113.0/24", // documentation
        "224.0.0.0/4", // multicast
        "240.0.0.0/4"); // reserved, and broadcast

    private static readonly IPNetwork[] ReachableIPv4 = Parse("192.0.0.9/32", "192.0.0.10/32");

    /// <summary>Global unicast. Everything else is special.</summary>
    private static readonly IPNetwork GlobalIPv6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] PrivateIPv6 = Parse(
        "2001::/23", // protocol assignments, with Teredo, which embeds an IPv4 address
        "2001:db8::/32", // documentation
        "2002::/16", // 6to4, which embeds an IPv4 address
        "3fff::/20"); // documentation

    private static readonly IPNetwork[] ReachableIPv6 = Parse(
        "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28");

    /// <summary>The IPv6 addresses of IPv4 servers in networks without IPv4.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether the address is one of the public internet. One that embeds an IPv4 address is as public as that, or not at
    /// all.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return IsPublic(address.MapToIPv4());
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            return IsIn(ReachableIPv4, address) || !IsIn(PrivateIPv4, address);
        if (Translated.Contains(address))
            return IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        return address.ScopeId == 0 && GlobalIPv6.Contains(address) && (IsIn(ReachableIPv6, address) || !IsIn(PrivateIPv6, address));
    }

    private static bool IsIn(IPNetwork[] networks, IPAddress address) => Array.Exists(networks, network => network.Contains(address));

    private static IPNetwork[] Parse(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
