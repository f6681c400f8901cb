using Npgsql;

namespace BatchesApi.Data;

/// <summary>Recognises violated constraints, by SQLSTATE and name, never by message text.</summary>
internal static class Violations
{
    /// <summary>Whether the exception says that the value of a unique constraint is taken.</summary>
    public static bool IsViolationOf(this Exception exception, string constraint) =>
        exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } fault
        && fault.ConstraintName == constraint;
}
