using System.Collections.Concurrent;
using BatchesApi.Domain;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Changes;

/// <summary>Wakes readers of the feed when there is something new, and reports a transaction that holds the feed back. One query for all
/// readers of the server asks for new changes: after a write of this server, after a notification from another one, and every
/// second.</summary>
internal sealed partial class ChangeMonitor(
    [FromKeyedServices(StorageServices.Background)] NpgsqlDataSource source,
    DatabaseOptions options,
    DatabaseState state,
    TimeProvider clock,
    ILogger<ChangeMonitor> log)
    : RestartingService(clock, log)
{
    private const string Channel = "batches_api_changes";

    /// <summary>PostgreSQL commits transactions with notifications one after the other, so writes do not notify by themselves.</summary>
    private static readonly TimeSpan NotifyInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    /// <summary>Interval at which to ask again for changes that wait for another transaction.</summary>
    private static readonly TimeSpan PendingInterval = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan HeldLogInterval = TimeSpan.FromMinutes(1);

    private static readonly Sql FindHorizon = Sql.Raw(
        "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() AS s");

    /// <summary>The holder of a transaction: the process if it has one, and what PostgreSQL lets the role know of it.</summary>
    private static readonly Sql FindHolder = Sql.Raw(
        """
        SELECT l.pid, coalesce(nullif(a.application_name, ''), 'prepared transaction ' || p.gid, 'unknown'),
            coalesce(a.usename, p.owner)::text, CASE WHEN l.pid IS NULL THEN 'prepared' ELSE coalesce(a.state, 'unknown') END
        FROM pg_current_snapshot() AS s JOIN pg_locks AS l ON l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
            AND l.transactionid::text::bigint = pg_snapshot_xmin(s)::text::bigint % 4294967296
        LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
        LEFT JOIN pg_prepared_xacts AS p ON p.transaction = l.transactionid
        """);

    /// <summary>Whether any account has a change at or after a transaction. The order makes PostgreSQL use the index: it expects to find a
    /// row soon, but usually finds nothing.</summary>
    private static Sql HasChangesSince(long transaction) =>
        $"""
        SELECT EXISTS (SELECT FROM accounts AS a CROSS JOIN LATERAL (
            SELECT h.position FROM batch_changes AS h
            WHERE h.account_id = a.id AND h.position >= a.position_offset + {new SqlValue(transaction, NpgsqlDbType.Bigint)}
            ORDER BY h.position LIMIT 1) AS h)
        """;

    private readonly ConcurrentDictionary<Waiter, bool> _waiters = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private int _hasWritten;
    private Held? _held;

    /// <summary>How long a transaction may hold the feed back before it is reported.</summary>
    public TimeSpan HeldTolerance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a transaction has held the feed back; zero if none does.</summary>
    public TimeSpan Lag => _held is { } held ? Time.GetElapsedTime(held.Since) : TimeSpan.Zero;

    /// <summary>Announces that a write of this server was committed.</summary>
    public void Announce()
    {
        if (Interlocked.Exchange(ref _hasWritten, 1) == 0)
            Wake();
    }

    /// <summary>Waits until an account has a change from a position on that can be read.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="since">The position.</param>
    /// <param name="timeout">Maximum time to wait.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>Whether there is one.</returns>
    public async Task<bool> WaitAsync(int accountId, long since, TimeSpan timeout, CancellationToken cancellation)
    {
        var waiter = new Waiter(accountId, since);
        _waiters.TryAdd(waiter, true);
        Wake();
        try
        {
            await waiter.Woken.Task.WaitAsync(timeout, Time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            _waiters.TryRemove(waiter, out _);
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ServerMetrics.ObserveFeedLag(() => Lag.TotalSeconds);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilUsableAsync(stoppingToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);

        // With a pooler in transaction mode, notifications would go to another client.
        Task[] loops =
        [
            WatchAsync(stop.Token),
            CheckHeldAsync(stop.Token),
            .. options.Pooler == Pooler.None ? new[] { ListenAsync(stop.Token) } : [],
        ];

        // If one fails, all are restarted.
        await Task.WhenAny(loops);
        await stop.CancelAsync();
        await Task.WhenAll(loops);
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another caller was faster.
        }
    }

    /// <summary>Wakes the readers whose accounts have changes, and notifies other servers of writes.</summary>
    private async Task WatchAsync(CancellationToken cancellation)
    {
        var interval = CheckInterval;
        var notified = Time.GetTimestamp();
        while (true)
        {
            await _wake.WaitAsync(interval, cancellation);
            interval = CheckInterval;
            try
            {
                if (!_waiters.IsEmpty && await CheckAsync(cancellation))
                    interval = PendingInterval;
                if (Volatile.Read(ref _hasWritten) == 0)
                    continue;
                var wait = NotifyInterval - Time.GetElapsedTime(notified);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, Time, cancellation);
                notified = Time.GetTimestamp();
                Interlocked.Exchange(ref _hasWritten, 0);
                await using var notify = source.CreateCommand($"NOTIFY {Channel}");
                await notify.ExecuteNonQueryAsync(cancellation);
                if (!_waiters.IsEmpty && await CheckAsync(cancellation))
                    interval = PendingInterval;
            }
            catch (NpgsqlException)
            {
                // Requests fail too, and ConnectionMonitor logs it.
                await Task.Delay(CheckInterval, Time, cancellation);
            }
        }
    }

    /// <summary>Wakes the readers whose accounts have changes.</summary>
    /// <returns>Whether other changes wait for a transaction.</returns>
    private async Task<bool> CheckAsync(CancellationToken cancellation)
    {
        var waiters = _waiters.Keys.ToLookup(waiter => waiter.AccountId);
        var accounts = waiters.Select(account => account.Key).ToArray();
        var since = new SqlValue(
            waiters.Select(account => account.Min(waiter => waiter.Since)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        await using var command = source.Command(FeedSql.FindLast(accounts, since));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var isPending = false;
        while (await row.ReadAsync(cancellation))
        {
            isPending |= row.GetBoolean(2);
            if (await row.IsDBNullAsync(1, cancellation))
                continue;
            var last = row.GetInt64(1);
            foreach (var waiter in waiters[row.GetInt32(0)].Where(waiter => waiter.Since <= last))
                waiter.Woken.TrySetResult();
        }
        return isPending;
    }

    /// <summary>Listens for notifications of other servers.</summary>
    private async Task ListenAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellation);
                await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
                    await listen.ExecuteNonQueryAsync(cancellation);
                while (true)
                {
                    // A statement finds a connection that is broken.
                    if (await connection.WaitAsync(ProbeInterval, cancellation))
                    {
                        Wake();
                        continue;
                    }
                    await using var probe = new NpgsqlCommand("SELECT 1", connection);
                    await probe.ExecuteNonQueryAsync(cancellation);
                }
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException)
            {
                // The check every second replaces notifications.
            }
            await Task.Delay(CheckInterval, Time, cancellation);
        }
    }

    /// <summary>Reports a transaction that holds the feed back.</summary>
    private async Task CheckHeldAsync(CancellationToken cancellation)
    {
        var (horizon, since, logged) = (0L, Time.GetTimestamp(), default(long?));
        while (true)
        {
            await Task.Delay(HeldTolerance / 2, Time, cancellation);
            try
            {
                var (current, next) = await ReadAsync(FindHorizon, row => (row.GetInt64(0), row.GetInt64(1)), cancellation);
                if (current != horizon || current == next)
                {
                    (horizon, since, logged, _held) = (current, Time.GetTimestamp(), null, null);
                    continue;
                }
                if (Time.GetElapsedTime(since) < HeldTolerance
                    || !await ReadAsync(HasChangesSince(horizon), row => row.GetBoolean(0), cancellation))
                {
                    continue;
                }
                var holder = await ReadAsync(
                    FindHolder,
                    row => new Held(
                        since,
                        row.IsDBNull(0) ? null : row.GetInt32(0),
                        row.GetString(1),
                        row.IsDBNull(2) ? "unknown" : row.GetString(2),
                        row.GetString(3)),
                    cancellation);
                _held = holder;
                if (holder is null || (logged is { } last && Time.GetElapsedTime(last) < HeldLogInterval))
                    continue;
                logged = Time.GetTimestamp();
                IsHeld(Log, Time.GetElapsedTime(since).TotalSeconds, holder.Process, holder.Application, holder.User, holder.State);
            }
            catch (NpgsqlException)
            {
                // Requests fail too, and ConnectionMonitor logs it.
            }
        }
    }

    private async Task<T?> ReadAsync<T>(Sql query, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = source.Command(query);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? read(row) : default;
    }

    [LoggerMessage(95, LogLevel.Warning, "For {Seconds:0} s, the feed of changes and webhooks have waited for a transaction of process "
        + "{Process} of PostgreSQL, '{Application}', role '{User}', state '{State}'. End it by pg_terminate_backend, or a "
        + "prepared transaction by ROLLBACK PREPARED.")]
    private static partial void IsHeld(ILogger log, double seconds, int? process, string application, string user, string state);

    /// <summary>A reader that waits. Its identity is that of the object.</summary>
    private sealed class Waiter(int accountId, long since)
    {
        public int AccountId => accountId;

        public long Since => since;

        public TaskCompletionSource Woken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <param name="Since">The time stamp since which the transaction holds the feed.</param>
    /// <param name="Process">The process of PostgreSQL, or null for a prepared transaction.</param>
    /// <param name="Application">The application, or the prepared transaction.</param>
    /// <param name="User">The role.</param>
    /// <param name="State">The state of the process.</param>
    private sealed record Held(long Since, int? Process, string Application, string User, string State);
}
