using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Notices when PostgreSQL gave up waiting for its synchronous standbys. It reports that as a mere notice, beside success: the command was
/// cancelled after its time-out, but the transaction had been committed on the primary.</summary>
internal sealed class ReplicationWatch
{
    /// <summary>The routine of PostgreSQL that waits for the standbys. The text of its notice is translated.</summary>
    private const string Waiting = "SyncRepWaitForLSN";

    private bool _hasGivenUp;

    /// <summary>Watches a connection from now on, as long as there is the object.</summary>
    public ReplicationWatch(NpgsqlConnection connection) => connection.Notice += (_, notice) => _hasGivenUp |= notice.Notice.Routine == Waiting;

    /// <summary>To be called after a commit, before its success is reported to anyone.</summary>
    /// <exception cref="UnconfirmedWriteException">A transaction was committed without the confirmation that it should have waited for.</exception>
    public void ThrowIfUnconfirmed()
    {
        if (!_hasGivenUp)
            return;
        _hasGivenUp = false;
        throw new UnconfirmedWriteException();
    }
}
