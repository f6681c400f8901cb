using System.Globalization;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>The standbys that serve reads.</summary>
/// <param name="replicas">The standbys, which may be empty.</param>
/// <param name="positions">The last writes.</param>
internal sealed class ReplicaSet(IReadOnlyList<Replica> replicas, WritePositions positions) : IAsyncDisposable
{
    private uint _next;

    public IReadOnlyList<Replica> All => replicas;

    /// <summary>Creates a replica for each host of a connection string.</summary>
    /// <param name="connectionString">An Npgsql connection string, or null for none.</param>
    /// <param name="poolSize">Maximum number of connections to each.</param>
    /// <param name="options">The database options.</param>
    public static IReadOnlyList<Replica> Create(string? connectionString, int poolSize, DatabaseOptions options)
    {
        if (connectionString is null)
            return [];
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = poolSize, LoadBalanceHosts = false };

        // Each host has a separate pool, because each has replayed another part of the writes.
        settings.Remove("Target Session Attributes");
        return
        [
            .. settings.Host!.Split(',', StringSplitOptions.TrimEntries).Select(host =>
            {
                var one = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Host = host };
                var source = StorageServices.CreateSource(one.ConnectionString, options, patient: false);
                var parsed = new NpgsqlConnectionStringBuilder(source.ConnectionString);
                return new Replica(string.Create(CultureInfo.InvariantCulture, $"{parsed.Host}:{parsed.Port}"), source);
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
