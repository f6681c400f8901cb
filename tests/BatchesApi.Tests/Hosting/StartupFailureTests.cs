using System.Net.Sockets;
using System.Security.Cryptography;
using BatchesApi.Hosting;
using Microsoft.AspNetCore.Connections;

namespace BatchesApi.Tests.Hosting;

public sealed class StartupFailureTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { new StartupException("The reason."), "The reason." },
        {
            new IOException("Failed to bind to address http://[::]:80: address already in use.", new AddressInUseException("in use")),
            "Failed to bind to address http://[::]:80: address already in use. Stop the program that uses it, "
                + "or choose another address with --urls."
        },
        {
            new IOException(
                "Failed to bind to address http://localhost:80.",
                new AggregateException(new StartupException("The reason."), new SocketException())),
            "The reason."
        },
        {
            new InvalidOperationException(
                "Unable to configure HTTPS endpoint. No server certificate was specified.\nTo generate one run 'dotnet'."),
            "Unable to configure HTTPS endpoint. No server certificate was specified. Set Kestrel__Certificates__Default__Path, "
                + "or use http:// behind a TLS-terminating proxy."
        },
        {
            new CryptographicException("ASN1 corrupted data."),
            "Cannot read the certificate in the settings Kestrel__…: ASN1 corrupted data."
        },
        {
            new ArgumentException("Something is wrong.\r\nMuch more.", new IOException("inner")),
            "The server cannot start: Something is wrong. (ArgumentException)"
        },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_startup_failure_is_described_in_one_line(Exception exception, string expected) =>
        Assert.Equal(expected, StartupFailure.Describe(exception));
}
