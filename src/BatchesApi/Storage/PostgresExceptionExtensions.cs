using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Recognises violated constraints, by SQLSTATE and name, never by message text.</summary>
internal static class PostgresExceptionExtensions
{
    /// <summary>Whether the exception says that the value of a unique constraint is taken.</summary>
    public static bool IsUniqueViolation(this Exception exception, string constraint) =>
        exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } error
        && error.ConstraintName == constraint;
}
