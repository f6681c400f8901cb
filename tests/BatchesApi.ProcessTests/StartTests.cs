using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BatchesApi.ProcessTests;

public sealed class StartTests(Databases databases)
{
    [Fact]
    public async Task All_invalid_settings_are_reported_together_without_passwords()
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", "Host=db;Pasword=hunter2"), ("Requests__Strict", "perhaps"), ("Requests__Stirct", "true"),
            ("Swagger__Enabled", "2"));

        Assert.Equal(1, await process.WaitForExitAsync());
        foreach (var expected in (string[])
            ["ConnectionStrings__Batches", "Requests__Strict: 'perhaps'", "Did you mean 'Strict'?", "Swagger__Enabled"])
        {
            Assert.Contains(expected, process.Errors, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("hunter2", process.Errors + process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_setting_that_trusts_every_proxy_is_rejected()
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", "Host=db"), ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            "ASPNETCORE_FORWARDEDHEADERS_ENABLED: not allowed: it lets every client claim any address. Set Proxies__Trusted to the "
                + "addresses of your proxies instead.",
            process.Errors);
        Assert.Equal("", process.Output);
    }

    [Fact]
    public async Task All_invalid_access_settings_are_reported_together_without_passwords()
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", "Host=db"), ("ConnectionStrings__Redis", "redis://:hunter2@redis"),
            ("RateLimits__Standard__PerMinute", "many"),
            ("Proxies__Trusted", "proxy"), ("Cors__Origins", "*"));

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            ["ConnectionStrings__Redis", "Cors__Origins", "Proxies__Trusted", "RateLimits__Standard__PerMinute"],
            process.Errors.Split('\n').Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("hunter2", process.Errors + process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_connection_string_a_production_server_does_not_start()
    {
        await using var process = BatchesProcess.Start(("ASPNETCORE_ENVIRONMENT", "Production"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains("ConnectionStrings__Batches: not set", process.Errors, StringComparison.Ordinal);
    }

    /// <summary>143 is the exit code if the process does not handle the signal yet.</summary>
    [Fact]
    public async Task SIGTERM_during_the_start_ends_the_server_without_an_error()
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
    public async Task An_address_in_use_is_reported()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateMigratedAsync()), ("ASPNETCORE_URLS", $"http://{taken.LocalEndpoint}"));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            $"Failed to bind to address http://{taken.LocalEndpoint}: address already in use. "
                + "Stop the program that uses it, or choose another address with --urls.",
            process.Errors);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_encoding_ends_the_start_with_one_line()
    {
        await using var process = BatchesProcess.Start(("ConnectionStrings__Batches", await databases.CreateAsync("SQL_ASCII")));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            "The database has the encoding SQL_ASCII, which cannot store all text. Create a database with ENCODING 'UTF8'.",
            process.Errors);
    }

    /// <summary>The server waits for a missing database, but stops if the database has the wrong encoding.</summary>
    [Fact]
    public async Task A_database_of_another_encoding_created_later_ends_the_server()
    {
        var database = new NpgsqlConnectionStringBuilder(await databases.CreateAsync()) { Database = $"later_{Guid.NewGuid():N}" };
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database.ConnectionString));
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres" });
        await using var create = source.CreateCommand(
            $"CREATE DATABASE {database.Database} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await server.WaitForExitAsync());
        Assert.Matches(
            @"crit: BatchesApi\.Hosting\.MigrationService\[6\]\s+The server stops: The database has the encoding SQL_ASCII", server.Output);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://unix:/missing/batches.sock")]
    [InlineData("http://unix:/dev/null")]
    public async Task An_invalid_address_is_reported_in_one_line(string url)
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateMigratedAsync()), ("ASPNETCORE_URLS", url));
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
    public async Task An_invalid_framework_setting_is_reported_in_one_line(string name, string value)
    {
        await using var process = BatchesProcess.Start(
            ("ConnectionStrings__Batches", await databases.CreateMigratedAsync()), (name, value));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_the_server_with_exit_code_0(string signal)
    {
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", await databases.CreateMigratedAsync()));
        await server.SignalAsync(signal);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task The_ready_command_reports_whether_the_server_is_ready()
    {
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", await databases.CreateMigratedAsync()));
        await using var good = BatchesProcess.Start(["ready"], ("ASPNETCORE_URLS", server.Address.ToString()));
        Assert.Equal(0, await good.WaitForExitAsync());
        await using var bad = BatchesProcess.Start(["ready"], ("ASPNETCORE_URLS", "http://127.0.0.1:1"));
        Assert.Equal(1, await bad.WaitForExitAsync());
    }
}
