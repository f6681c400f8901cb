using BatchesApi.Cli;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Cli;

public sealed class ReadyCommandTests
{
    [Theory]
    [InlineData(null, null, "http://localhost:5000/")]
    [InlineData("", "", "http://localhost:5000/")]
    [InlineData(" ; ", ";", "http://localhost:5000/")]
    [InlineData("http://*:8080", null, "http://localhost:8080/")]
    [InlineData("http://+:8080", null, "http://localhost:8080/")]
    [InlineData("http://0.0.0.0:8080", null, "http://localhost:8080/")]
    [InlineData("http://[::]:8080", null, "http://localhost:8080/")]
    [InlineData("http://127.0.0.1:8080", null, "http://127.0.0.1:8080/")]
    [InlineData("http://[::1]:8080", null, "http://[::1]:8080/")]
    [InlineData("https://*", null, "https://localhost/")]
    [InlineData(" http://*:8080 ; https://*:8443", null, "http://localhost:8080/")]
    [InlineData(null, "8080", "http://localhost:8080/")]
    [InlineData(null, " 8080 ;8081", "http://localhost:8080/")]
    [InlineData("", "8080", "http://localhost:8080/")]
    [InlineData("http://*:1", "8080", "http://localhost:1/")]
    public void The_address_is_that_of_a_server_with_the_same_configuration(string? urls, string? ports, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["URLS"] = urls, ["HTTP_PORTS"] = ports })
            .Build();

        Assert.Equal(expected, ReadyCommand.GetLocalAddress(configuration).AbsoluteUri);
    }
}
