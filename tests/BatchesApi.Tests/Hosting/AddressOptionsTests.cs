using BatchesApi.Domain;
using BatchesApi.Hosting;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Hosting;

public sealed class AddressOptionsTests
{
    private readonly ValidationErrors _errors = new();

    [Fact]
    public void The_address_of_the_request_is_the_default()
    {
        Assert.True(Read().IsDefault);
        Assert.True(Read(("PathBase", "/"), ("Server:PublicUrl", " "), ("AllowedHosts", "*")).IsDefault);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("https://api.example.com/crm/", "https://api.example.com/crm")]
    [InlineData("http://localhost:5000", "http://localhost:5000")]
    [InlineData("https://192.0.2.1", "https://192.0.2.1")]
    public void A_public_URL_is_normalized(string text, string expected)
    {
        Assert.Equal(expected, Read(("Server:PublicUrl", text)).PublicUrl!.ToString());
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("/crm")]
    [InlineData("//api.example.com")]
    [InlineData("ftp://api.example.com")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://")]
    [InlineData("https://api.example.com?x")]
    [InlineData("https://api.example.com/?")]
    [InlineData("https://api.example.com/crm#")]
    [InlineData("https://api.example.com/a b")]
    [InlineData("https://api.example.com//crm")]
    [InlineData("https://api.example.com/\"crm")]
    [InlineData("https://api.example.com:99999")]
    public void An_invalid_public_URL_is_an_error(string text)
    {
        Assert.Null(Read(("Server:PublicUrl", text)).PublicUrl);
        Assert.Equal(
            [$"Server__PublicUrl invalid URL '{text}'. Use for example https://api.example.com/crm, without user, query and fragment."],
            _errors.Lines());
    }

    [Fact]
    public void A_password_in_the_public_URL_is_not_printed()
    {
        Read(("Server:PublicUrl", "https://amy:hunter2@api.example.com"));
        Assert.DoesNotContain("hunter2", Assert.Single(_errors.Lines()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crm")]
    [InlineData("//crm")]
    [InlineData("/crm//a")]
    [InlineData("/a/../b")]
    [InlineData("/a b")]
    [InlineData("https://api.example.com/crm")]
    public void An_invalid_path_base_is_an_error(string text)
    {
        Read(("PathBase", text));
        Assert.Equal([$"PathBase invalid path '{text}'. Use for example /crm, with letters, digits and -._~ only."], _errors.Lines());
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/API/v3")]
    [InlineData("/health")]
    public void A_path_base_that_begins_like_a_path_of_the_server_is_an_error(string text)
    {
        Read(("PathBase", text));
        Assert.Equal([$"PathBase '{text}' begins like the server's own paths. Use another, such as /crm."], _errors.Lines());
    }

    [Theory]
    [InlineData("https://api.example.com")]
    [InlineData("api.example.com:8080")]
    [InlineData("api.example.com, other.example.com")]
    [InlineData("*.")]
    [InlineData("a.*.example.com")]
    [InlineData("api.example.com/crm")]
    [InlineData("2001:db8::1")]
    [InlineData(";;")]
    public void An_invalid_host_is_an_error(string text)
    {
        Read(("AllowedHosts", text));
        Assert.Equal(
            [$"AllowedHosts invalid host '{text}'. Use for example api.example.com or *.example.com, without a port."], _errors.Lines());
    }

    [Fact]
    public void Hosts_are_one_value()
    {
        Read(("AllowedHosts:0", "api.example.com"));
        Assert.Equal(["AllowedHosts__0 unknown setting. Set AllowedHosts instead, with semicolons between values."], _errors.Lines());
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        Read(("PathBase", "crm"), ("Server:PublicUrl", "crm"), ("AllowedHosts", "a/b;c/d"));
        Assert.Equal(4, _errors.Lines().Count());
    }

    private AddressOptions Read(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        return AddressOptions.Read(configuration, configuration["Server:PublicUrl"], _errors);
    }
}
