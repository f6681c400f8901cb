using BatchesApi.Http;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>The published table from faults of the database to problems (<c>docs/errors.md</c>): by SQLSTATE, never by message text.</summary>
internal static class SqlStateMapper
{
    /// <summary>SQLSTATEs, or their first characters, with what they mean to a client; the first that fits counts.</summary>
    public static IReadOnlyList<(string SqlState, ProblemCode Code, string Meaning)> Table { get; } =
    [
        ("08", ProblemCode.DatabaseUnavailable, "connection lost"),
        ("25006", ProblemCode.DatabaseUnavailable, "only a read-only replica is there"),
        ("28", ProblemCode.DatabaseUnavailable, "the server's own log-in is refused"),
        ("3D000", ProblemCode.DatabaseUnavailable, "the database does not exist"),
        ("3F000", ProblemCode.NotReady, "the schema does not exist"),
        ("40", ProblemCode.Overloaded, "rolled back: deadlock or serialization failure"),
        ("42501", ProblemCode.NotReady, "the server's role lacks a privilege"),
        ("42703", ProblemCode.NotReady, "a column is missing: not migrated"),
        ("42P01", ProblemCode.NotReady, "a table is missing: not migrated"),
        ("53100", ProblemCode.DatabaseUnavailable, "the database's disk is full"),
        ("53", ProblemCode.Overloaded, "out of connections or memory"),
        ("55P03", ProblemCode.Overloaded, "a lock was not free in time"),
        ("57014", ProblemCode.Overloaded, "the statement ran out of time"),
        ("57P", ProblemCode.DatabaseUnavailable, "shutting down, crashed or starting up"),
        ("58", ProblemCode.DatabaseUnavailable, "the database's own system failed"),
    ];

    /// <summary>The problem that an exception stands for; null where it is none of the database's.</summary>
    public static Problem? ToProblem(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException error)
                return FromSqlState(error.SqlState) ?? FromSeverity(error);

            // No connection could be had or kept: the network, the password, TLS. Npgsql tells these apart in words only.
            if (cause is NpgsqlException)
                return new Problem(ProblemCode.DatabaseUnavailable, "The database cannot be reached. Try again in a moment.");
        }
        return null;
    }

    /// <summary>What ends the connection is no fault of the statement, whatever its SQLSTATE.</summary>
    private static Problem? FromSeverity(PostgresException exception) => exception.InvariantSeverity is "FATAL" or "PANIC"
        ? new Problem(ProblemCode.DatabaseUnavailable, "The database lets nobody in now. Try again in a moment.")
        : null;

    private static Problem? FromSqlState(string sqlState)
    {
        foreach (var (prefix, code, meaning) in Table)
        {
            if (sqlState.StartsWith(prefix, StringComparison.Ordinal))
                return new Problem(code, $"The database does not serve this request now: {meaning}. Try again in a moment.");
        }
        return null;
    }
}
