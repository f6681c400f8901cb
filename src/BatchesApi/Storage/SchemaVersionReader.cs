using Npgsql;

namespace BatchesApi.Storage;

/// <summary>The tables of the database, as far as a server must know them before it serves.</summary>
internal static class SchemaVersionReader
{
    /// <summary>The migration that was added last. EF Core knows it too, but takes a third of a second to say so, at each start.</summary>
    public const string LastMigration = "20261124110101_SafeWrites";

    /// <summary>Where EF Core keeps which migrations were applied.</summary>
    public const string MigrationsTable = "schema_migrations";

    /// <summary>Migrations are ordered by their names, which begin with the time at which they were added.</summary>
    private const string FindMigrations =
        $"""
        SELECT EXISTS (SELECT 1 FROM {MigrationsTable} WHERE migration_id = $1),
            (SELECT max(migration_id COLLATE "C") FROM {MigrationsTable} WHERE migration_id COLLATE "C" > $1)
        """;

    /// <summary>Reads which migrations were applied. They are applied in order.</summary>
    /// <exception cref="NpgsqlException">The database is not there, or cannot be used.</exception>
    public static async Task<SchemaVersion> ReadAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(FindMigrations);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = LastMigration });
        try
        {
            await using var row = await command.ExecuteReaderAsync(cancellation);
            await row.ReadAsync(cancellation);
            return new SchemaVersion(row.GetBoolean(0), await row.IsDBNullAsync(1, cancellation) ? null : row.GetString(1));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return new SchemaVersion(IsUpToDate: false, Newer: null);
        }
    }
}

/// <summary>How the tables of the database compare with those that this version of the server knows.</summary>
/// <param name="IsUpToDate">Whether all migrations of this version were applied.</param>
/// <param name="Newer">The last migration, if this version does not know it; null if it does.</param>
internal readonly record struct SchemaVersion(bool IsUpToDate, string? Newer)
{
    /// <summary>Why this version must not write to the database: it would leave out what the newer one keeps beside the batches.</summary>
    /// <returns>The reason; null if it may.</returns>
    public string? ReasonAgainstWrites(DatabaseOptions options) => Newer is null || options.AllowNewer
        ? null
        : $"A newer version of the server has migrated the database to {Newer}; this one knows {SchemaVersionReader.LastMigration} and only reads. "
            + "Run the newer version, or set Database__AllowNewer=true.";
}
