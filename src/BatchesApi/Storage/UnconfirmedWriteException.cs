using Npgsql;

namespace BatchesApi.Storage;

/// <summary>A write is on the primary, but no synchronous standby has confirmed it: a failover may undo it.</summary>
internal sealed class UnconfirmedWriteException() : NpgsqlException(Reason)
{
    private const string Reason =
        "The write is on the primary, but no standby confirmed it in time, so that it may or may not survive. Look before you repeat it.";
}
