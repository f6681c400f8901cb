using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class AbsoluteUrlTests
{
    [Theory]
    [InlineData("http", "localhost:5000", "", "/api/v2/batches", "http://localhost:5000/api/v2/batches")]
    [InlineData("https", "api.test", "/base", "/api/v2/batches", "https://api.test/base/api/v2/batches")]
    [InlineData("https", "bücher.test", "", "/a b", "https://xn--bcher-kva.test/a%20b")]
    [InlineData("http", "[::1]:80", "", "/x", "http://[::1]:80/x")]
    [InlineData("http", "", "/base", "/x", "/base/x")]
    public void A_URL_has_the_scheme_and_host_of_the_request(
        string scheme, string host, string pathBase, string path, string expected)
    {
        var request = new DefaultHttpContext { Request = { Scheme = scheme, Host = new HostString(host), PathBase = pathBase } }.Request;

        Assert.Equal(expected, AbsoluteUrl.Create(request, path));
    }

    [Theory]
    [InlineData("xn--0")]
    [InlineData("XN--a..b")]
    [InlineData("a!..b")]
    [InlineData("a~0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void A_URL_has_the_host_of_the_request_even_if_it_is_not_a_valid_name(string host)
    {
        var request = new DefaultHttpContext { Request = { Scheme = "http", Headers = { Host = host } } }.Request;

        Assert.Equal($"http://{host}/x", AbsoluteUrl.Create(request, "/x"));
    }
}
