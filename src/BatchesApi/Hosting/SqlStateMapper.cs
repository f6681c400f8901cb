using BatchesApi.Http;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>Maps database errors to problems by SQLSTATE, never by message text (docs/errors.md).</summary>
internal static class SqlStateMapper
{
    /// <summary>Prefixes of SQLSTATEs with their meaning. The first match applies.</summary>
    public static IReadOnlyList<(string SqlState, ProblemCode Code, string Meaning)> Table { get; } =
    [
        ("08", ProblemCode.DatabaseUnavailable, "connection lost"),
        ("25006", ProblemCode.DatabaseUnavailable, "only a read-only replica is available"),
        ("28", ProblemCode.DatabaseUnavailable, "the server's own login was rejected"),
        ("3D000", ProblemCode.DatabaseUnavailable, "the database does not exist"),
        ("3F000", ProblemCode.NotReady, "the schema does not exist"),
        ("40", ProblemCode.Overloaded, "rolled back: deadlock or serialization failure"),
        ("42501", ProblemCode.NotReady, "the server's role lacks a privilege"),
        ("42703", ProblemCode.NotReady, "a column is missing: not migrated"),
        ("42P01", ProblemCode.NotReady, "a table is missing: not migrated"),
        ("53100", ProblemCode.DatabaseUnavailable, "the database's disk is full"),
        ("53", ProblemCode.Overloaded, "out of connections or memory"),
        ("55P03", ProblemCode.Overloaded, "a lock was not available in time"),
        ("57014", ProblemCode.Overloaded, "the statement timed out"),
        ("57P", ProblemCode.DatabaseUnavailable, "shutting down, crashed or starting up"),
        ("58", ProblemCode.DatabaseUnavailable, "system error outside PostgreSQL"),
    ];

    /// <summary>Returns the problem for an exception, or null if it is not a database error that clients can retry.</summary>
    public static Problem? ToProblem(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException error)
                return FromSqlState(error.SqlState) ?? FromSeverity(error);

            // A connection failed: network, password or TLS. Npgsql distinguishes these only by message text.
            if (cause is NpgsqlException)
                return new Problem(ProblemCode.DatabaseUnavailable, "The database cannot be reached. Try again in a moment.");
        }
        return null;
    }

    /// <summary>An error that ends the connection is not caused by the statement, whatever its SQLSTATE.</summary>
    private static Problem? FromSeverity(PostgresException exception) => exception.InvariantSeverity is "FATAL" or "PANIC"
        ? new Problem(ProblemCode.DatabaseUnavailable, "The database is not accepting connections. Try again in a moment.")
        : null;

    private static Problem? FromSqlState(string sqlState)
    {
        foreach (var (prefix, code, meaning) in Table)
        {
            if (sqlState.StartsWith(prefix, StringComparison.Ordinal))
                return new Problem(code, $"The database could not process the request: {meaning}. Try again in a moment.");
        }
        return null;
    }
}
