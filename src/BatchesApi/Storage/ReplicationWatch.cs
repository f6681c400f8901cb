using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Detects that PostgreSQL stopped waiting for its synchronous standbys. It reports this only as a notice, with success: the
/// command was canceled after its timeout, but the transaction is committed on the primary.</summary>
internal sealed class ReplicationWatch
{
    /// <summary>PostgreSQL's routine that waits for the standbys. The text of its notice depends on the locale.</summary>
    private const string Waiting = "SyncRepWaitForLSN";

    private bool _isUnconfirmed;

    /// <summary>Watches a connection for the lifetime of this object.</summary>
    public ReplicationWatch(NpgsqlConnection connection) =>
        connection.Notice += (_, notice) => _isUnconfirmed |= notice.Notice.Routine == Waiting;

    /// <summary>Must be called after a commit, before its success is reported.</summary>
    /// <exception cref="UnconfirmedWriteException">A transaction was committed without the confirmation of a standby.</exception>
    public void ThrowIfUnconfirmed()
    {
        if (!_isUnconfirmed)
            return;
        _isUnconfirmed = false;
        throw new UnconfirmedWriteException();
    }
}

/// <summary>A write is on the primary, but no synchronous standby has confirmed it: a failover may undo it.</summary>
internal sealed class UnconfirmedWriteException() : NpgsqlException(Reason)
{
    private const string Reason =
        "The write is on the primary, but no standby confirmed it in time, so that it may or may not survive. Look before you repeat it.";
}
