using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Reads the version of the schema for health checks. Checks at the same time share one look at the database, so that any number of them takes
/// one connection.</summary>
internal sealed class SchemaProbe(NpgsqlDataSource source)
{
    private readonly Lock _lock = new();
    private Task<SchemaVersion> _reading = Task.FromException<SchemaVersion>(new InvalidOperationException("Nothing was read yet."));

    /// <summary>Reads the version.</summary>
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
