using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Storage.Changes;

/// <summary>A batch as it was after a change.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Version">The version after the change.</param>
internal readonly record struct BatchVersion(string BatchId, int Version);

/// <summary>Reconstructs earlier versions of batches: history has the old values of each change, so a version follows from the batch as it
/// is and the changes since.</summary>
internal sealed class BatchVersionReader(BatchFilterSqlCache filters)
{
    /// <summary>Maximum number of batches to read at the same time, which bounds the memory.</summary>
    private const int MaxBatches = 100;

    /// <summary>Maximum size in bytes of the values for one evaluation, unless one version is larger.</summary>
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Finds the versions in which batches met a condition.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="where">The condition, with its relative values resolved.</param>
    /// <param name="wanted">The versions.</param>
    /// <param name="activeOnly">Whether a deleted batch never meets the condition.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>Those of the versions. A version that is not known any more is not among them.</returns>
    public async Task<IReadOnlySet<BatchVersion>> FindMatchingAsync(
        NpgsqlConnection connection,
        int accountId,
        Condition where,
        IEnumerable<BatchVersion> wanted,
        bool activeOnly,
        CancellationToken cancellation)
    {
        var fields = where.GetFields().With(BatchFields.DeletedAt).With(BatchFields.Id).With(BatchFields.Version);
        var found = new HashSet<BatchVersion>();
        foreach (var chunk in wanted.Distinct().GroupBy(version => version.BatchId, StringComparer.Ordinal).Chunk(MaxBatches))
        {
            var versions = await ReadAsync(connection, accountId, fields, [.. chunk.SelectMany(batch => batch)], cancellation);
            var candidates = versions.Values.Where(batch => !activeOnly || batch.DeletedAt is null);
            foreach (var part in Split(candidates))
                found.UnionWith(await EvaluateAsync(connection, accountId, where, fields, part, cancellation));
        }
        return found;
    }

    /// <summary>Reads versions of batches.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="fields">The fields to read. The others have their defaults, except for <c>id</c> and <c>version</c>.</param>
    /// <param name="wanted">The versions.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The versions that are known: not those of batches that are gone.</returns>
    public static async Task<IReadOnlyDictionary<BatchVersion, Batch>> ReadAsync(
        NpgsqlConnection connection,
        int accountId,
        FieldSet fields,
        IReadOnlyCollection<BatchVersion> wanted,
        CancellationToken cancellation)
    {
        var byBatch = wanted.ToLookup(version => version.BatchId, version => version.Version, StringComparer.Ordinal);
        string[] ids = [.. byBatch.Select(batch => batch.Key)];
        int[] first = [.. byBatch.Select(batch => batch.Min())];
        int[] last = [.. byBatch.Select(batch => batch.Max())];
        var read = BatchFields.All.Where(fields.With(BatchFields.Id).With(BatchFields.Version).Contains).ToList();
        string[] names = [.. read.Select(field => field.Name)];
        await using var statements = connection.CreateBatch();
        statements.Add(FeedSql.FindBatches(accountId, ids, read));
        statements.Add(FeedSql.FindReplacedValues(accountId, ids, last, names));
        statements.Add(FeedSql.FindOldValues(accountId, ids, first, last, names));
        await using var row = await statements.ExecuteReaderAsync(cancellation);
        var batches = new Dictionary<string, (Batch Batch, int Current)>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
        {
            var batch = BatchRowReader.Read(row, read);
            batches.Add(batch.Id, (batch, batch.Version));
        }

        // First the last version of each batch, by the first change of each field since. A change that was committed between two of the
        // statements replaced the value that the first one returned.
        await row.NextResultAsync(cancellation);
        while (await row.ReadAsync(cancellation))
        {
            if (!batches.TryGetValue(row.GetString(0), out var found))
                continue;
            found.Batch.Version = Math.Min(found.Batch.Version, byBatch[found.Batch.Id].Max());
            if (!await row.IsDBNullAsync(1, cancellation))
                SetBack(found.Batch, row.GetString(1));
        }

        // Then the earlier ones, step by step.
        var versions = new Dictionary<BatchVersion, Batch>();
        await row.NextResultAsync(cancellation);
        while (await row.ReadAsync(cancellation))
        {
            var version = row.GetInt32(1);
            if (!batches.TryGetValue(row.GetString(0), out var found) || found.Batch.Version != version)
                continue;
            if (version < found.Current)
                found.Batch.UpdatedAt = row.GetDateTime(2);
            Keep(found.Batch);
            if (row.GetString(3) == BatchChange.Create)
                continue;
            found.Batch.Version = version - 1;
            if (!await row.IsDBNullAsync(4, cancellation))
                SetBack(found.Batch, row.GetString(4));
        }
        foreach (var (batch, _) in batches.Values)
            Keep(batch);
        return versions;

        void Keep(Batch batch)
        {
            if (byBatch[batch.Id].Contains(batch.Version))
                versions.TryAdd(new BatchVersion(batch.Id, batch.Version), batch.Copy());
        }

        static void SetBack(Batch batch, string oldValues)
        {
            foreach (var (name, old) in JsonNode.Parse(oldValues)!.AsObject())
            {
                var field = BatchFields.Find(name)!;
                field.Set(batch, RecordedValue.Parse(field, old));
            }
        }
    }

    /// <summary>Finds those of some versions that meet a condition.</summary>
    private async Task<IReadOnlyList<BatchVersion>> EvaluateAsync(
        NpgsqlConnection connection,
        int accountId,
        Condition where,
        FieldSet fields,
        IReadOnlyList<Batch> versions,
        CancellationToken cancellation)
    {
        if (where == Condition.Always)
            return [.. versions.Select(batch => new BatchVersion(batch.Id, batch.Version))];
        await using var command = connection.Command(FeedSql.Evaluate(
            accountId, [.. BatchFields.All.Where(fields.Contains)], versions, filters.GetForCandidates(where)));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var found = new List<BatchVersion>();
        while (await row.ReadAsync(cancellation))
            found.Add(new BatchVersion(row.GetString(0), row.GetInt32(1)));
        return found;
    }

    private static IEnumerable<IReadOnlyList<Batch>> Split(IEnumerable<Batch> batches)
    {
        var (part, size) = (new List<Batch>(), 0L);
        foreach (var batch in batches)
        {
            size += BatchJson.GetLength(batch);
            if (size > MaxBytes && part.Count > 0)
            {
                yield return part;
                (part, size) = ([], BatchJson.GetLength(batch));
            }
            part.Add(batch);
        }
        if (part.Count > 0)
            yield return part;
    }
}
