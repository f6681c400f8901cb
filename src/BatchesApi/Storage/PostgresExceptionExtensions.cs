using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Recognizes violated constraints by SQLSTATE and table, never by the name of the constraint: a distributed PostgreSQL adds the
/// number of a shard to it, or reports neither name.</summary>
internal static class PostgresExceptionExtensions
{
    /// <summary>Whether a value in a table is taken, because a unique constraint was violated. If the error does not name its table, it is
    /// taken to be this one.</summary>
    /// <param name="exception">The error, or an exception around it.</param>
    /// <param name="table">The only table in which the statement writes values that others may have.</param>
    public static bool IsUniqueViolation(this Exception exception, string table) =>
        exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } error
        && (string.IsNullOrEmpty(error.TableName) || error.TableName == table || Shards.IsShardOf(error.TableName, table));
}
