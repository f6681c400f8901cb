using System.Diagnostics;
using BatchesApi.Storage;
using BatchesApi.Storage.Changes;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BatchesApi.ApiTests.Changes;

/// <summary>A transaction that holds the feed back is reported.</summary>
public sealed class HeldFeedTests(ApiServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_log_names_a_transaction_that_holds_the_feed_back_and_the_lag_grows()
    {
        var connectionString = await server.CreateDatabaseAsync();
        using var log = new CapturedLog();
        using var logs = LoggerFactory.Create(builder => builder.AddProvider(log));
        await using (var source = NpgsqlDataSource.Create($"{connectionString};Application Name=nightly report"))
        using (var monitor = new ChangeMonitor(
            source, new DatabaseOptions(), CreateState(), TimeProvider.System, logs.CreateLogger<ChangeMonitor>())
        {
            HeldTolerance = TimeSpan.FromMilliseconds(400),
        })
        {
            await monitor.StartAsync(Cancellation);
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using (var begin = new NpgsqlCommand("SELECT pg_current_xact_id()", connection))
                await begin.ExecuteScalarAsync(Cancellation);
            await using (var change = source.CreateCommand(
                """
                INSERT INTO accounts (name, created_at) VALUES ('acme', now());
                INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)
                SELECT id, 'x', 1, now(), 'create', 'key', '', '' FROM accounts
                """))
            {
                await change.ExecuteNonQueryAsync(Cancellation);
            }

            // Transactions of other tests may be older.
            var expected = $"process {connection.ProcessID} of PostgreSQL, 'nightly report', role ";
            for (var waiting = Stopwatch.StartNew(); !log.Lines.Any(line => line.Contains(expected, StringComparison.Ordinal));)
            {
                Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), string.Join('\n', log.Lines));
                await Task.Delay(50, Cancellation);
            }
            Assert.Contains(log.Lines, line => line.Contains(expected, StringComparison.Ordinal)
                && line.Contains("state 'idle in transaction'", StringComparison.Ordinal));
            Assert.InRange(monitor.Lag, monitor.HeldTolerance, TimeSpan.MaxValue);
            await transaction.CommitAsync(Cancellation);
            for (var waiting = Stopwatch.StartNew(); monitor.Lag > TimeSpan.Zero;)
            {
                Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60));
                await Task.Delay(50, Cancellation);
            }
            await monitor.StopAsync(Cancellation);
        }
        await server.Postgres.DropDatabaseAsync(connectionString);
    }

    private static DatabaseState CreateState()
    {
        var state = new DatabaseState();
        state.Allow(reasonAgainstWrites: null);
        return state;
    }
}
