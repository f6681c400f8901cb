using System.Net;
using BatchesApi.Access.RateLimiting;

namespace BatchesApi.Tests.Access.RateLimiting;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void A_network_is_an_IPv4_address_or_the_first_64_bits_of_an_IPv6_address(string address, string expected) =>
        Assert.Equal(IPAddress.Parse(expected), ClientAddress.GetNetwork(IPAddress.Parse(address)));
}
