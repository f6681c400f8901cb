using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>The server on a primary with a standby that does not respond.</summary>
public sealed class StandbyTests
{
    private const string Batches = "/api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_that_no_standby_confirms_is_never_acknowledged()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var server = await pair.ServeAsync();
        await using var load = await WriteLoad.StartAsync(pair, server);

        await pair.Standby.FreezeAsync();
        var frozen = Stopwatch.GetTimestamp();
        var impatient = $"{pair.Primary.ConnectionString("batches")};Command Timeout=1";
        var import = BatchesProcess.RunWithInputAsync(
            impatient, """{"batchCode":"imported","batchType":"x"}""", "import", "--account", "acme");
        var account = BatchesProcess.RunAsync(impatient, "accounts", "create", "--name", "second");
        await load.WaitForAsync(IsUncertain);
        await Task.WhenAny(Task.WhenAll(import, account), Task.Delay(TimeSpan.FromSeconds(40), Cancellation));
        var thawed = Stopwatch.GetTimestamp();
        await pair.Standby.ThawAsync();
        var (accountExitCode, _, accountErrors) = await account;
        var (exitCode, _, errors) = await import;
        await load.WaitForAsync(response => response.Status == HttpStatusCode.Created && response.Start > thawed);
        await load.StopAsync();

        load.AssertServedOrRetryable();

        // A response within a second of the freeze may have been confirmed before it.
        var meanwhile = load.Responses
            .Where(response => Stopwatch.GetElapsedTime(frozen, response.End) > TimeSpan.FromSeconds(1) && response.End < thawed).ToList();
        Assert.NotEmpty(meanwhile);
        Assert.All(meanwhile, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.Status));
        Assert.Contains(meanwhile, IsUncertain);
        load.AssertNoneIsLost(await PostgresPair.CodesAsync(pair.Standby));
        Assert.All([(exitCode, errors), (accountExitCode, accountErrors)], command =>
        {
            Assert.Equal(1, command.Item1);
            Assert.Contains("may or may not survive", command.Item2, StringComparison.Ordinal);
        });

        static bool IsUncertain(RecordedResponse response) => response.Body.Contains("may or may not survive", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hung_standby_does_not_delay_requests()
    {
        await using var pair = await PostgresPair.StartAsync(synchronous: false);
        await using var server = await pair.ServeAsync();
        using var client = server.CreateClient(await pair.CreateKeyAsync());
        await client.GetStringAsync(Batches, Cancellation);

        await pair.Standby.FreezeAsync();

        // Longer than Npgsql's default for remembering which host is the standby (10 s).
        var slow = 0;
        for (var duration = Stopwatch.StartNew(); duration.Elapsed < TimeSpan.FromSeconds(12);)
        {
            var start = Stopwatch.GetTimestamp();
            using var response = await client.GetAsync($"{Batches}?limit=1", Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancellation));
            slow += Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(0.9) ? 1 : 0;
            await Task.Delay(100, Cancellation);
        }

        // If Npgsql checked the hosts every second, six would be slow; a busy machine may slow down one or two.
        Assert.InRange(slow, 0, 3);
    }

    [Fact]
    public async Task A_statement_that_times_out_does_not_make_requests_wait_for_a_hung_standby()
    {
        await using var pair = await PostgresPair.StartAsync(synchronous: false);

        // Long enough for a request on a busy machine.
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", $"{pair.ConnectionString};Command Timeout=5"), ("RateLimits__Enabled", "false"));
        using var client = server.CreateClient(await pair.CreateKeyAsync());
        await client.GetStringAsync(Batches, Cancellation);
        await pair.Standby.FreezeAsync();

        // HostStates checks the hosts at most once a second.
        await Task.Delay(TimeSpan.FromSeconds(1.5), Cancellation);
        await using (var locker = new NpgsqlConnection(pair.Primary.ConnectionString("batches")))
        {
            await locker.OpenAsync(Cancellation);
            await using var transaction = await locker.BeginTransactionAsync(Cancellation);
            await using var command = new NpgsqlCommand("LOCK TABLE batches", locker, transaction);
            await command.ExecuteNonQueryAsync(Cancellation);
            using var timedOut = await client.PostAsJsonAsync(Batches, new { batchCode = "B-1", batchType = "x" }, Cancellation);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, timedOut.StatusCode);
        }

        using var response = await client.PostAsJsonAsync(Batches, new { batchCode = "B-1", batchType = "x" }, Cancellation);

        Assert.True(response.StatusCode == HttpStatusCode.Created, $"{response.StatusCode}\n{server.Output}\n{server.Errors}");
    }
}
