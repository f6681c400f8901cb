using System.Net.Sockets;
using System.Text;

namespace BatchesApi.ApiTests;

/// <summary>Sends requests that HTTP clients do not send, directly to a socket.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request and returns the head and the body of the response unparsed.</summary>
    /// <param name="server">The address of the server.</param>
    /// <param name="requestLine">The method and the address.</param>
    /// <param name="headers">The headers except <c>Connection</c>, and <c>Host</c> only if it differs.</param>
    public static Task<(string Head, string Body)> SendAsync(Uri server, string requestLine, params string[] headers) =>
        SendBodyAsync(server, requestLine, body: null, headers);

    /// <summary>As <see cref="SendAsync"/>, with a body.</summary>
    public static async Task<(string Head, string Body)> SendBodyAsync(
        Uri server, string requestLine, string? body, params string[] headers)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        await using var stream = connection.GetStream();
        var lines = headers.Prepend("Connection: close");
        if (!headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal)))
            lines = lines.Prepend($"Host: {server.Authority}");
        lines = lines.Prepend($"{requestLine} HTTP/1.1");
        if (body is not null)
            lines = lines.Append($"Content-Length: {Encoding.UTF8.GetByteCount(body)}");
        byte[] request = [.. Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"), .. Encoding.UTF8.GetBytes(body ?? "")];
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var response = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (response[..end], response[(end + 4)..]);
    }
}
