using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace BatchesApi.Hosting;

/// <summary>The server cannot start. The message has the reason and what to do, in one line for each error.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Describes an exception at startup in one line. The host logs the stack trace in the category
/// <c>Microsoft.Extensions.Hosting.Internal.Host</c>, at the level Error.</summary>
internal static class StartupFailure
{
    /// <summary>Returns the reason and what to do.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        StartupException => exception.Message,
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Stop the program that uses it, or choose another address with --urls.",

        // Kestrel tried several addresses: both loopback addresses, or IPv6 and IPv4.
        IOException { InnerException: AggregateException { InnerExceptions: [var first, ..] } } => Describe(first),
        InvalidOperationException when exception.Message.Contains("HTTPS endpoint", StringComparison.Ordinal) =>
            $"{FirstLine(exception)} Set Kestrel__Certificates__Default__Path, or use http:// behind a TLS-terminating proxy.",
        CryptographicException => $"Cannot read the certificate in the settings Kestrel__…: {FirstLine(exception)}",
        _ => $"The server cannot start: {FirstLine(exception)} ({exception.GetType().Name})",
    };

    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\r', '\n')[0];
}
