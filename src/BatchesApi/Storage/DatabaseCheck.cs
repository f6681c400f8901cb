using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Checks how the server is connected to PostgreSQL before it uses the database. Behind a pooler in transaction mode, prepared
/// statements would be sent to sessions that do not have them, and settings would affect other clients of the pool.</summary>
/// <param name="connectionString">The Npgsql connection string.</param>
/// <param name="options">The options that the operator set.</param>
/// <param name="patient">Whether long timeouts are acceptable, because no request waits.</param>
internal sealed class DatabaseCheck(string connectionString, DatabaseOptions options, bool patient)
{
    /// <summary>How often the sessions of two clients are compared. Once is enough with PgBouncer's defaults, but not with every pooler or
    /// with other clients of the pool.</summary>
    private const int Rounds = 5;

    private const string SharesSessions = "The database is behind a pooler in transaction mode. Set Database__Pooler=transaction.";

    private const string SettingProblem =
        """
        SELECT CASE
            WHEN current_setting('standard_conforming_strings') = 'off'
                THEN format('ALTER ROLE %I SET standard_conforming_strings = on', current_user)
            WHEN current_setting('client_min_messages') = 'error'
                THEN format('ALTER ROLE %I SET client_min_messages = notice', current_user)
        END
        """;

    /// <summary>Maximum time in seconds to open a connection before the server listens. The server should listen, although not ready, while
    /// the database cannot be reached.</summary>
    private const int ServerTimeoutSeconds = 5;

    /// <summary>Checks the connection. Does not change the sessions that it uses.</summary>
    /// <returns>Why the database cannot be used, or null if it can.</returns>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<string?> FindProblemAsync(CancellationToken cancellation)
    {
        await using var source = CreateSource();
        await using var connection = await source.OpenConnectionAsync(cancellation);
        if (options.Pooler == Pooler.Transaction)
            return await SettingProblemAsync(connection, cancellation);
        return await GetBackendIdAsync(connection, cancellation) != connection.ProcessID
            && await SharesSessionsAsync(source, connection, cancellation)
            ? SharesSessions
            : null;
    }

    /// <summary>A data source whose connections change no settings, so that the check is quick and has no side effects.</summary>
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
        return new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .ConfigureTypeLoading(types => types.EnableTypeLoading(false))
            .WithTelemetry("check")
            .Build();
    }

    /// <summary>Whether the pooler shares sessions: two clients have the same session, or the session of a client changes.</summary>
    private static async Task<bool> SharesSessionsAsync(NpgsqlDataSource source, NpgsqlConnection one, CancellationToken cancellation)
    {
        await using var other = await source.OpenConnectionAsync(cancellation);
        var (ofOne, ofOther) = (await GetBackendIdAsync(one, cancellation), await GetBackendIdAsync(other, cancellation));
        for (var round = 0; round < Rounds; round++)
        {
            // Each twice in a row: a pooler that assigns sessions in turn would always assign the same ones to two clients that alternate.
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

    /// <summary>The database functions require standard strings, and a notice reports that no standby confirmed a write. Behind a pooler,
    /// the server cannot change these settings for its sessions.</summary>
    private static async Task<string?> SettingProblemAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // In a transaction, because writes need them: a pooler in statement mode rejects transactions.
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand(SettingProblem, connection, transaction);
        return await command.ExecuteScalarAsync(cancellation) is string remedy
            ? $"The database has a setting that the server cannot work with. Run: {remedy};"
            : null;
    }
}
