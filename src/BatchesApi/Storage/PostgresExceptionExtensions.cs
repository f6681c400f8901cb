using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Recognizes violated constraints by SQLSTATE and name, never by message text.</summary>
internal static class PostgresExceptionExtensions
{
    /// <summary>Whether a unique constraint was violated.</summary>
    public static bool IsUniqueViolation(this Exception exception, string constraint) =>
        exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } error
        && error.ConstraintName == constraint;
}
