using System.Globalization;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>The standbys that serve reads.</summary>
/// <param name="replicas">The standbys, which may be empty.</param>
/// <param name="positions">The last writes.</param>
internal sealed class ReplicaSet(IReadOnlyList<Replica> replicas, WritePositions positions) : IAsyncDisposable
{
    /// <summary>Maximum time in seconds to open a connection. The primary serves the read if it takes longer.</summary>
    private const int OpenTimeoutSeconds = 2;

    private uint _next;

    public IReadOnlyList<Replica> All => replicas;

    /// <summary>Creates a replica for each host of a connection string.</summary>
    /// <param name="connectionString">An Npgsql connection string, or null for none.</param>
    /// <param name="connections">The limits on the connections to each, unless the connection string has others.</param>
    /// <param name="options">The database options.</param>
    public static IReadOnlyList<Replica> Create(string? connectionString, ConnectionOptions connections, DatabaseOptions options)
    {
        if (connectionString is null)
            return [];
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { LoadBalanceHosts = false, MinPoolSize = 0 };
        if (!settings.ShouldSerialize("Maximum Pool Size"))
            settings.MaxPoolSize = connections.PoolSize;
        if (!settings.ShouldSerialize("Timeout"))
            settings.Timeout = OpenTimeoutSeconds;

        // Each host has a separate pool, because each has replayed another part of the writes.
        settings.Remove("Target Session Attributes");
        return
        [
            .. settings.Host!.Split(',', StringSplitOptions.TrimEntries).Select(host =>
            {
                var one = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Host = host };
                var source = StorageServices.CreateSource(one.ConnectionString, options, patient: false, $"replica {host}");
                var parsed = new NpgsqlConnectionStringBuilder(source.ConnectionString);
                return new Replica(
                    string.Create(CultureInfo.InvariantCulture, $"{parsed.Host}:{parsed.Port}"),
                    new DatabaseConnections(source, connections),
                    new DatabaseCheck(one.ConnectionString, options, patient: false));
            }),
        ];
    }

    /// <summary>Finds a replica that has the last write of an account. They take turns.</summary>
    /// <returns>The replica, or null.</returns>
    public async ValueTask<Replica?> FindAsync(int accountId) =>
        replicas.Any(replica => replica.Has(positions.Get(accountId))) && await positions.FindAsync(accountId) is { } last
            ? Find(last)
            : null;

    /// <summary>Records a write after its commit and before its response, so that no replica without it serves the account.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="transactionId">The transaction; null if nothing was written.</param>
    public ValueTask RecordWriteAsync(int accountId, ulong? transactionId) => replicas.Count > 0 && transactionId is { } id
        ? positions.RecordAsync(accountId, id)
        : ValueTask.CompletedTask;

    /// <summary>Records that the outcome of a write is unknown: it may have been committed. No replica serves the account until one has
    /// everything that may have been committed by then.</summary>
    public void RecordUnknownWrite(int accountId)
    {
        if (replicas.Count > 0)
            positions.SetUnknown(accountId);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    private Replica? Find(ulong transactionId)
    {
        var first = Interlocked.Increment(ref _next);
        for (var i = 0u; i < replicas.Count; i++)
        {
            var replica = replicas[(int)((first + i) % (uint)replicas.Count)];
            if (replica.Has(transactionId))
                return replica;
        }
        return null;
    }
}
