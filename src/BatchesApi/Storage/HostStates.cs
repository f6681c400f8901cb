using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Npgsql's cached states of several hosts: primary, standby or offline. Checking the hosts periodically would make requests wait
/// for a standby that hangs. They are therefore checked again only after a failure, at most once a second, and after a time-out only if
/// <see cref="ConnectionMonitor"/> finds that the primary does not respond: most time-outs are slow statements.</summary>
internal sealed class HostStates(IReadOnlyList<NpgsqlDataSource> pools, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _last = clock.GetTimestamp();
    private int _hasTimedOut;

    /// <summary>Makes Npgsql check the hosts again after a failure of the connection.</summary>
    /// <param name="exception">The failure.</param>
    public void RecordFailure(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is not NpgsqlException)
                continue;

            if (cause.InnerException is TimeoutException)
            {
                Volatile.Write(ref _hasTimedOut, 1);
                return;
            }

            // A primary that became a standby may have kept its connections.
            var isReadOnly = cause is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };
            if ((isReadOnly || cause is not PostgresException) && IsDue())
                Reset(connections: isReadOnly);
            return;
        }
    }

    /// <summary>Whether a request has timed out since the last call.</summary>
    public bool TakeTimeout() => Interlocked.Exchange(ref _hasTimedOut, 0) == 1;

    /// <summary>Clears the states, so that the hosts are checked again.</summary>
    /// <param name="connections">Whether to close the connections too.</param>
    public void Reset(bool connections)
    {
        foreach (var pool in pools)
        {
            (pool as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
            if (connections)
                pool.Clear();
        }
    }

    private bool IsDue()
    {
        var (now, last) = (clock.GetTimestamp(), Volatile.Read(ref _last));
        return clock.GetElapsedTime(last, now) >= Pause && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
