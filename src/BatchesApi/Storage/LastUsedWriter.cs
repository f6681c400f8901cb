using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage;

/// <summary>Writes when credentials were last used.</summary>
internal sealed class LastUsedWriter([FromKeyedServices(StorageServices.Background)] NpgsqlDataSource source)
{
    /// <summary>Writes the times of last use by credential id. A later time in the database stays.</summary>
    public async Task WriteAsync(IReadOnlyCollection<KeyValuePair<string, DateTime>> lastUsed, CancellationToken cancellation)
    {
        string[] ids = [.. lastUsed.Select(use => use.Key)];
        var times = new SqlValue(lastUsed.Select(use => use.Value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        await using var command = source.Command(
            $"""
            UPDATE api_keys AS k SET last_used_at = GREATEST(k.last_used_at, u.at)
            FROM unnest({ids}, {times}) AS u (id, at) WHERE k.id = u.id
            """);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
