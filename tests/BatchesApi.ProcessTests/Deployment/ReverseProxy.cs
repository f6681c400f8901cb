using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BatchesApi.ProcessTests.Deployment;

/// <summary>nginx or Caddy in front of a server, with the configuration in <c>deploy</c>, other ports, and a certificate that the test
/// makes.</summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    public const string Host = "batches.example.com";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("batches-proxy-");
    private readonly X509Certificate2 _certificate = CreateCertificate();
    private readonly int _port = Ports.FindFree();
    private readonly int _plainPort = Ports.FindFree();
    private readonly ConcurrentQueue<string> _errors = new();
    private Process? _process;

    /// <summary>The address of the server as clients know it.</summary>
    public Uri Address => new($"https://{Host}:{_port}/crm/");

    /// <summary>The address without TLS.</summary>
    public Uri PlainAddress => new($"http://{Host}:{_plainPort}/crm/");

    private string CertificateFile => Path.Combine(_folder.FullName, "certificate.pem");

    private string KeyFile => Path.Combine(_folder.FullName, "key.pem");

    public static async Task<ReverseProxy> StartAsync(string program, Uri server)
    {
        var proxy = new ReverseProxy();
        try
        {
            await File.WriteAllTextAsync(proxy.CertificateFile, proxy._certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(proxy.KeyFile, proxy._certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
            await (program == "nginx" ? proxy.StartNginxAsync(server) : proxy.StartCaddyAsync(server));
            await proxy.WaitAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that trusts the certificate only, and finds the host on this machine.</summary>
    public HttpClient CreateClient(DecompressionMethods decompression = DecompressionMethods.None)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = decompression,
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.GetCertHashString();
        return new HttpClient(handler) { BaseAddress = Address };
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        _process?.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartNginxAsync(Uri server)
    {
        var site = Replace(
            await Repository.ReadAsync("deploy/nginx/batches-api.conf"),
            ("127.0.0.1:8080", server.Authority),
            ("    listen [::]:80;\n", ""),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("listen 80;", $"listen 127.0.0.1:{_plainPort};"),
            ("listen 443 ", $"listen 127.0.0.1:{_port} "),
            ("https://batches.example.com", $"https://{Host}:{_port}"),
            ("/etc/ssl/certs/batches.example.com.pem", CertificateFile),
            ("/etc/ssl/private/batches.example.com.key", KeyFile));
        await RunAsync(
            "nginx",
            ["-p", _folder.FullName, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"],
            ("batches-api.conf", site),
            ("nginx.conf",
                """
                pid pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    # As in the packages of Debian and Ubuntu.
                    gzip on;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    include batches-api.conf;
                }
                """));
    }

    private async Task StartCaddyAsync(Uri server)
    {
        var site = Replace(
            await Repository.ReadAsync("deploy/caddy/Caddyfile"),
            ("127.0.0.1:8080", server.Authority),
            ("batches.example.com {",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""
                    {
                        admin off
                        http_port {{_plainPort}}
                        https_port {{_port}}
                    }
                    batches.example.com {
                        bind 127.0.0.1
                        tls {{CertificateFile}} {{KeyFile}}
                    """)));
        await RunAsync(
            "caddy", ["run", "--config", Path.Combine(_folder.FullName, "Caddyfile"), "--adapter", "caddyfile"], ("Caddyfile", site));
    }

    private async Task RunAsync(string program, string[] arguments, params (string Name, string Text)[] files)
    {
        foreach (var (name, text) in files)
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text);
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Assert.True(path is not null, $"This test needs {program}.");
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardError = true };
        start.Environment["XDG_DATA_HOME"] = start.Environment["XDG_CONFIG_HOME"] = _folder.FullName;
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginErrorReadLine();
    }

    private async Task WaitAsync()
    {
        foreach (var port in (int[])[_port, _plainPort])
        {
            for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(20))
            {
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, port);
                    break;
                }
                catch (SocketException)
                {
                    Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20) && !_process!.HasExited, string.Join('\n', _errors));
                }
            }
        }
    }

    private static string Replace(string text, params (string Old, string New)[] changes)
    {
        foreach (var (old, @new) in changes)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, @new, StringComparison.Ordinal);
        }
        return text;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
