using Npgsql;

namespace BatchesApi.Data;

/// <summary>The tables of the database, as far as a server must know them before it serves.</summary>
internal static class Schema
{
    /// <summary>The migration that was added last. EF Core knows it too, but takes a third of a second to say so, at each start.</summary>
    public const string LastMigration = "20261124110101_SafeWrites";

    /// <summary>Where EF Core keeps which migrations were applied.</summary>
    public const string MigrationsTable = "schema_migrations";

    private const string IsApplied = $"SELECT EXISTS (SELECT 1 FROM {MigrationsTable} WHERE migration_id = $1)";

    /// <summary>Whether all migrations were applied. They are applied in order.</summary>
    /// <exception cref="NpgsqlException">The database is not there, or cannot be used.</exception>
    public static async Task<bool> IsUpToDateAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(IsApplied);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = LastMigration });
        try
        {
            return (bool)(await command.ExecuteScalarAsync(cancellation))!;
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return false;
        }
    }
}
