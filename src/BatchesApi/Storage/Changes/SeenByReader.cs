using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Storage.Changes;

/// <summary>Finds the policies that permitted batches at any time, as far as their history is kept, before the batches are removed: a
/// reader with one of these policies may have a copy.</summary>
internal sealed class SeenByReader(BatchVersionReader versions)
{
    /// <param name="connection">An open connection.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="ids">The batches.</param>
    /// <param name="policies">The policies of the account's credentials.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The digests of the policies, by batch.</returns>
    public async Task<ILookup<string, string>> FindAsync(
        NpgsqlConnection connection,
        int accountId,
        string[] ids,
        IReadOnlyList<PolicyView> policies,
        CancellationToken cancellation)
    {
        var seen = new HashSet<(string Id, string Digest)>();
        var all = policies.Count == 0 ? [] : await FindVersionsAsync(connection, accountId, ids, cancellation);
        foreach (var (digest, where) in policies)
        {
            foreach (var version in await versions.FindMatchingAsync(
                connection, accountId, where, all, activeOnly: false, cancellation))
            {
                seen.Add((version.BatchId, digest));
            }
        }
        return seen.ToLookup(pair => pair.Id, pair => pair.Digest, StringComparer.Ordinal);
    }

    private static async Task<IReadOnlyList<BatchVersion>> FindVersionsAsync(
        NpgsqlConnection connection, int accountId, string[] ids, CancellationToken cancellation)
    {
        await using var command = connection.Command(FeedSql.FindVersions(accountId, ids));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var found = new List<BatchVersion>();
        while (await row.ReadAsync(cancellation))
            found.Add(new BatchVersion(row.GetString(0), row.GetInt32(1)));
        return found;
    }
}
