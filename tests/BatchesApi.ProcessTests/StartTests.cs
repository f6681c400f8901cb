using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BatchesApi.ProcessTests;

public sealed class StartTests(Databases databases)
{
    [Fact]
    public async Task Every_wrong_setting_is_named_at_once_and_no_password_is_shown()
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", "Host=db;Pasword=hunter2"), ("Requests__Strict", "perhaps"), ("Requests__Stirct", "true"), ("Swagger__Enabled", "2"));

        Assert.Equal(1, await process.WaitForExitAsync());
        foreach (var expected in (string[])["ConnectionStrings__Batches", "Requests__Strict: 'perhaps'", "Did you mean 'Strict'?", "Swagger__Enabled"])
            Assert.Contains(expected, process.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", process.Errors + process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_switch_by_which_every_client_would_be_believed_is_refused()
    {
        await using var process = BatchesProcess.Start(("ConnectionStrings__Batches", "Host=db"), ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            "ASPNETCORE_FORWARDEDHEADERS_ENABLED: not allowed: it lets every client claim any address. Set Proxies__Trusted to the addresses of your proxies instead.",
            process.Errors);
        Assert.Equal("", process.Output);
    }

    [Fact]
    public async Task Faults_in_the_settings_of_access_are_named_at_once_and_no_password_is_shown()
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", "Host=db"), ("ConnectionStrings__Redis", "redis://:hunter2@redis"), ("RateLimits__Standard__PerMinute", "many"),
            ("Proxies__Trusted", "proxy"), ("Cors__Origins", "*"));

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            ["ConnectionStrings__Redis", "Cors__Origins", "Proxies__Trusted", "RateLimits__Standard__PerMinute"],
            process.Errors.Split('\n').Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("hunter2", process.Errors + process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_connection_string_production_does_not_start()
    {
        await using var process = BatchesProcess.Start(("ASPNETCORE_ENVIRONMENT", "Production"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains("ConnectionStrings__Batches: not set", process.Errors, StringComparison.Ordinal);
    }

    /// <summary>143 is how the system ends a program that does not listen for the signal yet.</summary>
    [Fact]
    public async Task Told_to_end_while_it_starts_it_ends_without_a_crash()
    {
        for (var delay = 100; delay <= 1_500; delay += 200)
        {
            await using var process = BatchesProcess.Start(("ConnectionStrings__Batches", await databases.CreateAsync()));
            await Task.Delay(delay, TestContext.Current.CancellationToken);
            await process.SignalAsync("TERM");
            Assert.Contains(await process.WaitForExitAsync(), (int[])[0, 143]);
            Assert.Equal("", process.Errors);
        }
    }

    [Fact]
    public async Task An_address_that_is_taken_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateAsync()), ("ASPNETCORE_URLS", $"http://{taken.LocalEndpoint}"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            $"Failed to bind to address http://{taken.LocalEndpoint}: address already in use. "
                + "Stop the program that uses it, or choose another address with --urls.",
            process.Errors);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_encoding_ends_the_start_in_one_line()
    {
        await using var process = BatchesProcess.Start(("ConnectionStrings__Batches", await databases.CreateAsync("SQL_ASCII")));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal("The database has the encoding SQL_ASCII, which cannot store all text. Create a database with ENCODING 'UTF8'.", process.Errors);
    }

    /// <summary>The server waits for a database that is not there, but not for one that it can never use.</summary>
    [Fact]
    public async Task A_database_of_another_encoding_that_comes_later_ends_the_server()
    {
        var database = new NpgsqlConnectionStringBuilder(await databases.CreateAsync()) { Database = $"later_{Guid.NewGuid():N}" };
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database.ConnectionString));
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres" });
        await using var create = source.CreateCommand($"CREATE DATABASE {database.Database} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await server.WaitForExitAsync());
        Assert.Matches(@"crit: BatchesApi\.Hosting\.MigrationService\[6\]\s+The server stops: The database has the encoding SQL_ASCII", server.Output);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://unix:/missing/batches.sock")]
    [InlineData("http://unix:/dev/null")]
    public async Task An_address_that_cannot_be_listened_at_is_told_in_a_line(string url)
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateAsync()), ("ASPNETCORE_URLS", url));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", process.Errors + process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ASPNETCORE_HTTP_PORTS", "99999")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "abc")]
    [InlineData("Kestrel__Endpoints__Main__Url", "nonsense")]
    [InlineData("Kestrel__Certificates__Default__Path", "/missing.pfx")]
    [InlineData("Logging__LogLevel__Default", "loud")]
    [InlineData("Logging__Console__FormatterOptions__ColorBehavior", "loud")]
    [InlineData("Server__MaxConnections", "none")]
    public async Task A_wrong_setting_of_the_framework_is_reported_in_a_line(string name, string value)
    {
        await using var process = BatchesProcess.Start(("ConnectionStrings__Batches", await databases.CreateAsync()), (name, value));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_it_cleanly(string signal)
    {
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", await databases.CreateAsync()));
        await server.SignalAsync(signal);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task The_probe_tells_whether_the_server_is_ready()
    {
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", await databases.CreateAsync()));
        await using var good = BatchesProcess.Start(["ready"], ("ASPNETCORE_URLS", server.Address.ToString()));
        Assert.Equal(0, await good.WaitForExitAsync());
        await using var bad = BatchesProcess.Start(["ready"], ("ASPNETCORE_URLS", "http://127.0.0.1:1"));
        Assert.Equal(1, await bad.WaitForExitAsync());
    }
}
