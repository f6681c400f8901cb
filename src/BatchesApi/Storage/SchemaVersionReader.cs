using Npgsql;

namespace BatchesApi.Storage;

internal static class SchemaVersionReader
{
    /// <summary>The last migration. EF Core knows it too, but takes a third of a second at each start to find it.</summary>
    public const string LastMigration = "20261127082437_Administration";

    /// <summary>EF Core's table of applied migrations.</summary>
    public const string MigrationsTable = "schema_migrations";

    /// <summary>The names of migrations start with the time at which they were added, so they sort in order.</summary>
    private const string FindMigrations =
        $"""
        SELECT EXISTS (SELECT 1 FROM {MigrationsTable} WHERE migration_id = $1),
            (SELECT max(migration_id COLLATE "C") FROM {MigrationsTable} WHERE migration_id COLLATE "C" > $1)
        """;

    /// <exception cref="NpgsqlException">The database cannot be reached or used.</exception>
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

/// <summary>How the schema of the database compares with the one that this version of the server knows.</summary>
/// <param name="IsUpToDate">Whether all migrations of this version were applied.</param>
/// <param name="Newer">The last migration, if this version does not know it; otherwise null.</param>
internal readonly record struct SchemaVersion(bool IsUpToDate, string? Newer)
{
    /// <summary>Why this version must not write to the database: it would not maintain what a newer version stores beside the
    /// batches.</summary>
    /// <returns>The reason, or null if it may write.</returns>
    public string? ReasonAgainstWrites(DatabaseOptions options) => Newer is null || options.AllowNewer
        ? null
        : $"A newer version of the server has migrated the database to {Newer}; this one knows {SchemaVersionReader.LastMigration} and "
            + "only reads. Run the newer version, or set Database__AllowNewer=true.";
}

/// <summary>Reads the version of the schema for health checks. Concurrent checks share one query and thus one connection.</summary>
internal sealed class SchemaProbe(NpgsqlDataSource source)
{
    private readonly Lock _lock = new();
    private Task<SchemaVersion> _reading = Task.FromException<SchemaVersion>(new InvalidOperationException("Nothing was read yet."));

    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not respond.</exception>
    public Task<SchemaVersion> ReadAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_reading.IsCompleted)
                _reading = SchemaVersionReader.ReadAsync(source, CancellationToken.None);
            return _reading.WaitAsync(DataSourceExtensions.DefaultWait, cancellation);
        }
    }
}
