using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests;

/// <summary>Limits on connections.</summary>
public sealed class ConnectionLimitTests(ApiServer given)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_sends_nothing_is_closed_and_a_used_one_stays_open()
    {
        await using var app = await StartAsync(TimeSpan.FromSeconds(1));
        using var used = await ConnectAsync(app);
        Assert.Equal(200, await SendAsync(used));
        using var begun = await ConnectAsync(app);
        await begun.GetStream().WriteAsync("GET /health"u8.ToArray(), Cancellation);
        using var silent = await ConnectAsync(app);

        Assert.True(await IsClosedAsync(silent));

        await begun.GetStream().WriteAsync("/live HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.Equal(200, await StatusAsync(begun));
        Assert.Equal(200, await SendAsync(used));
    }

    [Fact]
    public async Task A_silent_connection_does_not_delay_the_shutdown()
    {
        await using var app = await StartAsync(TimeSpan.FromMinutes(5));
        using var silent = await ConnectAsync(app);
        await Task.Delay(100, Cancellation);
        var time = Stopwatch.StartNew();

        await app.StopAsync(Cancellation);

        Assert.True(time.Elapsed < TimeSpan.FromSeconds(20), $"The shutdown took {time.Elapsed}.");
    }

    [Fact]
    public async Task One_address_can_use_half_of_the_connections()
    {
        await using var app = await StartAsync(TimeSpan.FromMinutes(5), ("Server:MaxConnections", "12"));
        await WithConnectionsAsync(app, IPAddress.Loopback, 6, async () =>
        {
            using var refused = await ConnectAsync(app);
            Assert.True(await IsClosedAsync(refused));

            using var other = await ConnectAsync(app, IPAddress.Parse("127.0.0.2"));
            Assert.Equal(200, await SendAsync(other));
        });

        // Closed connections free their permits.
        await WaitUntilServedAsync(app, IPAddress.Loopback);
    }

    [Fact]
    public async Task A_trusted_proxy_can_use_all_connections_and_the_total_is_limited()
    {
        await using var app = await StartAsync(TimeSpan.FromMinutes(5), ("Server:MaxConnections", "12"), ("Proxies:Trusted", "127.0.0.1"));
        await WithConnectionsAsync(app, IPAddress.Loopback, 12, async () =>
        {
            using var refused = await ConnectAsync(app, IPAddress.Parse("127.0.0.2"));
            Assert.True(await IsClosedAsync(refused));
        });
    }

    [Fact]
    public async Task An_endpoint_with_TLS_serves_HTTP_2_and_closes_silent_connections()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx), Cancellation);
            await using var app = await StartAsync(
                TimeSpan.FromSeconds(2),
                ("Kestrel:Endpoints:A:Url", "http://127.0.0.1:0"),
                ("Kestrel:Endpoints:B:Url", "https://127.0.0.1:0"),
                ("Kestrel:Endpoints:B:Certificate:Path", file));
            var address = new Uri(app.Urls.Single(url => url.StartsWith("https", StringComparison.Ordinal)));
            using var handler = new SocketsHttpHandler();
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
                presented?.GetCertHashString() == certificate.GetCertHashString();
            using var client = new HttpClient(handler)
            {
                BaseAddress = address,
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };

            using var response = await client.GetAsync("/health/live", Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var silent = await ConnectAsync(address, IPAddress.Loopback);
            Assert.True(await IsClosedAsync(silent));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Bodies of one byte per second are below Kestrel's minimum rate of 240 bytes per second after a grace period of 5 s. The
    /// test sends more of them than there are database connections.</summary>
    [Fact]
    public async Task A_slow_body_is_408_and_does_not_hold_a_database_connection()
    {
        await using var server = await SeparateServer.StartAsync(given, "Maximum Pool Size=3;Timeout=1");
        var (_, key) = await server.CreateAccountAsync("slow");
        var slow = Enumerable.Range(0, 8).Select(_ => SendSlowlyAsync(server.Address, key)).ToList();
        using var client = server.CreateClient(key);
        while (!slow.All(task => task.IsCompleted))
        {
            using var response = await client.SendAsync("GET", Http.Batches);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await Task.Delay(200, Cancellation);
        }
        Assert.All(await Task.WhenAll(slow), response =>
        {
            Assert.StartsWith("HTTP/1.1 408 ", response, StringComparison.Ordinal);
            Assert.Contains("request_timeout", response, StringComparison.Ordinal);
        });
    }

    private Task<WebApplication> StartAsync(TimeSpan firstByteTimeout, params (string Name, string Value)[] settings) =>
        ApiServer.StartAsync(
        given.ConnectionString,
        _ => { },
        read => read with { Connections = read.Connections with { FirstByteTimeout = firstByteTimeout } },
        settings);

    private static async Task<string> SendSlowlyAsync(Uri address, string key)
    {
        using var connection = await ConnectAsync(address, IPAddress.Loopback);
        var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST {Http.Batches} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"),
            Cancellation);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var sending = Task.Run(
            async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    await stream.WriteAsync(" "u8.ToArray(), end.Token);
                    await Task.Delay(1_000, end.Token);
                }
            },
            Cancellation);
        var buffer = new byte[4_096];
        var response = new StringBuilder();
        try
        {
            for (var length = 0; (length = await stream.ReadAsync(buffer, Cancellation)) > 0;)
                response.Append(Encoding.UTF8.GetString(buffer, 0, length));
        }
        catch (IOException)
        {
            // The connection was reset after the response.
        }
        await end.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return response.ToString();
    }

    /// <summary>Opens connections and runs the test while they are open. The readiness probe of the start may still hold one,
    /// too.</summary>
    private static async Task WithConnectionsAsync(WebApplication app, IPAddress from, int count, Func<Task> test)
    {
        var connections = new List<TcpClient>();
        try
        {
            while (connections.Count < count)
            {
                var connection = await ConnectAsync(app, from);
                if (await SendAsync(connection) == 200)
                    connections.Add(connection);
                else
                    connection.Dispose();
            }
            await test();
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task WaitUntilServedAsync(WebApplication app, IPAddress from)
    {
        for (var time = Stopwatch.StartNew(); ;)
        {
            using var connection = await ConnectAsync(app, from);
            if (await SendAsync(connection) == 200)
                return;
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), "The connections are not released.");
            await Task.Delay(50, Cancellation);
        }
    }

    private static Task<TcpClient> ConnectAsync(WebApplication app, IPAddress? from = null) =>
        ConnectAsync(new Uri(app.Urls.First()), from ?? IPAddress.Loopback);

    private static async Task<TcpClient> ConnectAsync(Uri address, IPAddress from)
    {
        var connection = new TcpClient(new IPEndPoint(from, 0));
        await connection.ConnectAsync(IPAddress.Loopback, address.Port, Cancellation);
        return connection;
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The status, or 0 if the server closed the connection.</returns>
    private static async Task<int> SendAsync(TcpClient connection)
    {
        try
        {
            await connection.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);
            return await StatusAsync(connection);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<int> StatusAsync(TcpClient connection)
    {
        var response = new byte[4_096];
        var length = await connection.GetStream().ReadAsync(response, Cancellation);
        return length == 0 ? 0 : int.Parse(Encoding.ASCII.GetString(response, 9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<bool> IsClosedAsync(TcpClient connection)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        waiting.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            return await connection.GetStream().ReadAsync(new byte[1], waiting.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
