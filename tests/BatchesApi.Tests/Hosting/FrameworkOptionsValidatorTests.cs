using BatchesApi.Domain;
using BatchesApi.Hosting;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Hosting;

public sealed class FrameworkOptionsValidatorTests
{
    [Theory]
    [InlineData("urls", "http://localhost:5000;http://*:80;http://+:81;https://[::1]:0;http://127.0.0.1:0;http://example.com")]
    [InlineData("urls", "http://unix:/tmp/batches.sock")]
    [InlineData("http_ports", "8080;8081")]
    [InlineData("https_ports", "0")]
    [InlineData("Kestrel:Endpoints:Main:Url", "http://localhost:5000")]
    [InlineData("Logging:LogLevel:Default", "warning")]
    [InlineData("Logging:LogLevel:Microsoft", "")]
    [InlineData("Logging:Console:LogLevel:Default", "None")]
    [InlineData("Logging:Console:FormatterName", "JSON")]
    [InlineData("Logging:Console:FormatterOptions:IncludeScopes", "True")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "O")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "[HH:mm:ss] ")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "")]
    public void Valid_values_are_accepted(string key, string value) => Assert.Empty(Check(key, value).Lines());

    [Theory]
    [InlineData("urls", "garbage")]
    [InlineData("urls", "ftp://localhost:5000")]
    [InlineData("urls", "http://localhost:5000/base")]
    [InlineData("urls", "http://*:abc")]
    [InlineData("urls", "http://unix:relative")]
    [InlineData("urls", "http://pipe:/name")]
    [InlineData("Kestrel:Endpoints:Main:Url", "garbage")]
    public void An_address_that_Kestrel_misreads_is_an_error(string key, string value) => Assert.Equal(
        [$"{key.Replace(":", "__", StringComparison.Ordinal)} invalid address '{value}'. Use for example http://localhost:5000."],
        Check(key, value).Lines());

    [Theory]
    [InlineData("urls", "http://localhost:65536", "urls invalid port in 'http://localhost:65536' (0–65535).")]
    [InlineData("urls", "http://localhost:0",
        "urls port 0 is not supported in 'http://localhost:0', because localhost is two addresses. "
        + "For any free port, use http://127.0.0.1:0.")]
    [InlineData("urls", "http://unix:/missing/a.sock", "urls the folder of the socket in 'http://unix:/missing/a.sock' does not exist.")]
    [InlineData("http_ports", "8080;99999", "ASPNETCORE_HTTP_PORTS invalid port '99999' (0–65535).")]
    [InlineData("https_ports", "abc", "ASPNETCORE_HTTPS_PORTS invalid port 'abc' (0–65535).")]
    [InlineData("Kestrel:Endpoints:Main:Protocols", "Http1",
        "Kestrel__Endpoints__Main__Url not set. Set it to an address such as http://localhost:5000.")]
    [InlineData(
        "Logging:Console:LogLevel:Default",
        "loud",
        "Logging__Console__LogLevel__Default 'loud' is not valid; use one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Logging:Console:FormatterName", "xml",
        "Logging__Console__FormatterName 'xml' is not valid; use one of simple, json, systemd.")]
    [InlineData("Logging:Console:FormatterOptions:UseUtcTimestamp", "yes",
        "Logging__Console__FormatterOptions__UseUtcTimestamp 'yes' is not valid; use one of true, false.")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "q",
        "Logging__Console__FormatterOptions__TimestampFormat invalid format 'q'. Use for example 'yyyy-MM-dd HH:mm:ss.fff '.")]
    public void Every_error_states_the_allowed_values(string key, string value, string expected) =>
        Assert.Equal([expected], Check(key, value).Lines());

    [Fact]
    public void A_socket_path_that_is_too_long_is_an_error() =>
        Assert.Contains(
            "is too long. Use at most about 100 characters.",
            Assert.Single(Check("urls", $"http://unix:/{new string('a', 200)}").Lines()),
            StringComparison.Ordinal);

    private static ValidationErrors Check(string key, string value)
    {
        var errors = new ValidationErrors();
        FrameworkOptionsValidator.Check(new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build(), errors);
        return errors;
    }
}
