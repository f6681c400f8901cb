using System.Net;
using System.Net.Sockets;
using BatchesApi.Webhooks;
using BatchesApi.Webhooks.Sending;

namespace BatchesApi.Tests.Webhooks;

public sealed class PublicAddressTests
{
    /// <summary>Hosts that are not public, also in the forms that URLs allow.</summary>
    public static TheoryData<string> PrivateHosts { get; } =
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.1.2.3",
        "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
        "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255",

        // Decimal, octal and hexadecimal forms, and those with fewer parts.
        "2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "0", "3232235521", "0xa9fea9fe",
        "0251.0376.0251.0376", "2852039166", "169.254.43518",

        "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::8.8.8.8]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]", "[::ffff:0:8.8.8.8]", "[64:ff9b::10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]", "[100::1]",
        "[100:0:0:1::1]", "[2001::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:2::1]", "[2001:10::1]", "[2001:db8::1]",
        "[2002:7f00:1::]", "[2002:808:808::1]", "[3fff::1]", "[4000::1]", "[5f00::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]",
        "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "[ff0e::1]",
    ];

    public static TheoryData<string> PublicHosts { get; } =
    [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.0.9", "192.0.0.10", "192.0.1.1", "192.167.255.255",
        "192.169.0.0", "198.17.0.1",
        "198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "134744072", "[2606:4700::1111]", "[2001:4860:4860::8888]",
        "[2a00:1450:4001::1]", "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]", "[2001:1::1]", "[2001:3::1]", "[2001:4:112::1]", "[2001:20::1]",
        "[2001:200::1]", "[3ffe::1]",
    ];

    [Theory]
    [MemberData(nameof(PrivateHosts))]
    public void Special_addresses_are_not_public(string host) => Assert.False(PublicAddress.IsPublic(GetAddress(host)), host);

    [Theory]
    [MemberData(nameof(PublicHosts))]
    public void Addresses_of_the_internet_are_public(string host) => Assert.True(PublicAddress.IsPublic(GetAddress(host)), host);

    [Theory]
    [MemberData(nameof(PrivateHosts))]
    public async Task A_URL_with_a_special_address_is_refused_without_a_connection(string host) =>
        Assert.IsType<AddressRefusedException>((await FailAsync($"http://{host}:9/", _ => throw new SocketException())).InnerException);

    [Fact]
    public async Task A_name_is_refused_if_any_of_its_addresses_is_not_public()
    {
        foreach (var addresses in (string[][])[["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1", "2606:4700::1111"], ["fe80::1%2"]])
        {
            var exception = await FailAsync(
                "https://hooks.example.com/", _ => [.. addresses.Select(IPAddress.Parse)]);
            Assert.IsType<AddressRefusedException>(exception.InnerException);
        }
    }

    /// <summary>Each connection resolves the name once, and connects to the address that was judged.</summary>
    [Fact]
    public async Task A_name_that_changes_its_address_is_judged_each_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var lookups = 0;
        using var client = new WebhookHttpClient(
            new WebhookOptions(AllowPrivate: false, KeyFolder: null),
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(++lookups == 1 ? "192.0.0.9" : "127.0.0.1")]));

        // The first address is public, but reachable from nowhere. The attempt must not try another.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var first = await Record.ExceptionAsync(() =>
            client.SendAsync(new(HttpMethod.Post, $"http://rebind.example:{port}/"), limit.Token));
        Assert.NotNull(first);
        Assert.IsNotType<AddressRefusedException>(first.InnerException);
        Assert.Equal(1, lookups);

        var second = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.SendAsync(new(HttpMethod.Post, $"http://rebind.example:{port}/"), TestContext.Current.CancellationToken));
        Assert.IsType<AddressRefusedException>(second.InnerException);
        Assert.Equal(2, lookups);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task With_the_setting_private_addresses_are_called_and_the_next_address_is_tried()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new WebhookHttpClient(
            new WebhookOptions(AllowPrivate: true, KeyFolder: null),
            (host, _) => Task.FromResult<IPAddress[]>(
                host == "hooks.internal" ? [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback] : []));
        var sending = client.SendAsync(new(HttpMethod.Post, $"http://hooks.internal:{port}/"), TestContext.Current.CancellationToken);
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var response = await sending;
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static IPAddress GetAddress(string host) => IPAddress.Parse(new Uri($"http://{host}/").IdnHost.Trim('[', ']'));

    private static async Task<HttpRequestException> FailAsync(string url, Func<string, IPAddress[]> resolve)
    {
        using var client = new WebhookHttpClient(
            new WebhookOptions(AllowPrivate: false, KeyFolder: null), (host, _) => Task.FromResult(resolve(host)));
        return await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.SendAsync(new HttpRequestMessage(HttpMethod.Post, url), TestContext.Current.CancellationToken));
    }
}
