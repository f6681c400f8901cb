using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Looks at how the server is connected to PostgreSQL, before it uses the database: behind a pooler in transaction mode, statements would
/// reach sessions that do not know them, and settings would reach other users of the pool.</summary>
/// <param name="connectionString">How to reach PostgreSQL.</param>
/// <param name="options">What the operator says of it.</param>
/// <param name="patient">Whether nobody is waiting for an answer, so that there is time.</param>
internal sealed class DatabaseCheck(string connectionString, DatabaseOptions options, bool patient)
{
    /// <summary>How often the sessions of two clients are compared. Once is enough with PgBouncer's defaults; other poolers and other users of the
    /// pool can make it more.</summary>
    private const int Rounds = 5;

    private const string SharesSessions = "The database is behind a pooler in transaction mode. Set Database__Pooler=transaction.";

    private const string SettingProblem =
        """
        SELECT CASE
            WHEN current_setting('standard_conforming_strings') = 'off' THEN format('ALTER ROLE %I SET standard_conforming_strings = on', current_user)
            WHEN current_setting('client_min_messages') = 'error' THEN format('ALTER ROLE %I SET client_min_messages = notice', current_user)
        END
        """;

    /// <summary>Seconds to open a connection before the server listens: it should listen, if not be ready, also while the database cannot be reached.</summary>
    private const int ServerTimeoutSeconds = 5;

    /// <summary>Checks the connection. The check leaves nothing behind in the sessions that it uses.</summary>
    /// <returns>Why the database cannot be used; null if it can.</returns>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<string?> FindProblemAsync(CancellationToken cancellation)
    {
        await using var source = CreateSource();
        await using var connection = await source.OpenConnectionAsync(cancellation);
        if (options.Pooler == Pooler.Transaction)
            return await SettingProblemAsync(connection, cancellation);
        return await GetBackendIdAsync(connection, cancellation) != connection.ProcessID && await SharesSessionsAsync(source, connection, cancellation)
            ? SharesSessions
            : null;
    }

    /// <summary>A data source whose connections set nothing up, so that the check is quick and leaves nothing behind.</summary>
    private NpgsqlDataSource CreateSource()
    {
        var settings = new NpgsqlConnectionStringBuilder(StorageServices.WithDefaults(connectionString, options, patient))
        {
            Pooling = false,
            LoadBalanceHosts = false,
            MaxAutoPrepare = 0,
        };
        if (!patient)
            settings.Timeout = Math.Min(settings.Timeout, ServerTimeoutSeconds);
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).ConfigureTypeLoading(types => types.EnableTypeLoading(false)).Build();
    }

    /// <summary>Whether the pooler gives sessions to other clients: two clients get the same one, or one client gets another than before.</summary>
    private static async Task<bool> SharesSessionsAsync(NpgsqlDataSource source, NpgsqlConnection one, CancellationToken cancellation)
    {
        await using var other = await source.OpenConnectionAsync(cancellation);
        var (ofOne, ofOther) = (await GetBackendIdAsync(one, cancellation), await GetBackendIdAsync(other, cancellation));
        for (var round = 0; round < Rounds; round++)
        {
            // Each twice in a row, since a pooler that deals sessions out in turn would give two clients that alternate always the same ones.
            var isShared = ofOne == ofOther
                || ofOther != await GetBackendIdAsync(other, cancellation)
                || ofOne != await GetBackendIdAsync(one, cancellation)
                || ofOne != await GetBackendIdAsync(one, cancellation)
                || ofOther != await GetBackendIdAsync(other, cancellation);
            if (isShared)
                return true;
        }
        return false;
    }

    private static async Task<int> GetBackendIdAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Our functions in the database are written for standard strings, and a warning shows that a write was not confirmed by a standby. Sessions cannot be told to have
    /// these settings.</summary>
    private static async Task<string?> SettingProblemAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // In a transaction, since writes need them too: a pooler in statement mode refuses them.
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand(SettingProblem, connection, transaction);
        return await command.ExecuteScalarAsync(cancellation) is string remedy
            ? $"The database has a setting that the server cannot work with. Run: {remedy};"
            : null;
    }
}
