using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Writes when credentials were last used.</summary>
internal sealed class LastUsedWriter(NpgsqlDataSource source)
{
    private const string Update =
        """
        UPDATE api_keys AS k SET last_used_at = GREATEST(k.last_used_at, u.at)
        FROM unnest(@ids, @times) AS u (id, at) WHERE k.id = u.id
        """;

    /// <summary>Writes the times of last use by credential id. A later time in the database stays.</summary>
    public async Task WriteAsync(IReadOnlyCollection<KeyValuePair<string, DateTime>> lastUsed, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(Update);
        command.Parameters.AddWithValue("ids", lastUsed.Select(use => use.Key).ToArray());
        command.Parameters.AddWithValue("times", lastUsed.Select(use => use.Value).ToArray());
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
