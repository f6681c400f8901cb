using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace BatchesApi.Hosting;

/// <summary>Describes an exception at the start in one line for the operator. The category
/// <c>Microsoft.Extensions.Hosting.Internal.Host</c> logs its stack trace, at the level Error.</summary>
internal static class StartupFailure
{
    /// <summary>The reason, and what to do.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        StartupException => exception.Message,
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Stop the program that listens there, or choose another address with --urls.",

        // Kestrel tried both loopback addresses, or an address of IPv6 and one of IPv4.
        IOException { InnerException: AggregateException { InnerExceptions: [var first, ..] } } => Describe(first),
        InvalidOperationException when exception.Message.Contains("HTTPS endpoint", StringComparison.Ordinal) =>
            $"{FirstLine(exception)} Name one in Kestrel__Certificates__Default__Path, or use http:// behind a proxy that ends TLS.",
        CryptographicException => $"The certificate that the settings Kestrel__… name cannot be read: {FirstLine(exception)}",
        _ => $"The server cannot start: {FirstLine(exception)} ({exception.GetType().Name})",
    };

    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\r', '\n')[0];
}
