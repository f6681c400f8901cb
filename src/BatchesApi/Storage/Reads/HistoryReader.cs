using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>Reads the history of batches.</summary>
/// <param name="selections">Make selections of conditions.</param>
/// <param name="connections">The database.</param>
internal sealed class HistoryReader(BatchFilterSqlCache selections, DatabaseConnections connections)
{
    /// <summary>Most bytes, as they are stored, of the changes before the last on a page: a batch may be large and change often.</summary>
    private const int MaxBytes = 512 * 1024;

    private const string FromHistory = $"FROM {BatchChangeConfiguration.Table} AS h";

    private const string OfBatch = "WHERE h.account_id = @account AND h.batch_id = @id";

    /// <summary>The value that each field had before it was first changed.</summary>
    private const string FirstValues = $"SELECT DISTINCT ON (d.key) d.key, (d.value -> 0)::text {FromHistory}, jsonb_each(h.changes) AS d {OfBatch} ORDER BY d.key, h.version";

    /// <summary>Reads a page.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="policy">The condition that the batch meets.</param>
    /// <param name="id">The id of the batch, living or deleted.</param>
    /// <param name="limit">Most changes on the page.</param>
    /// <param name="before">The version before which they come.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The page; null where there is no such batch.</returns>
    public async Task<HistoryPage?> ReadAsync(int accountId, Condition policy, string id, int limit, int before, CancellationToken cancellation)
    {
        var active = selections.Get(accountId, deleted: false, policy);
        var deleted = selections.Get(accountId, deleted: true, policy);
        await using var connection = await connections.OpenForListAsync(cancellation);
        await using var statements = connection.CreateBatch();
        Add(statements, $"SELECT {ListSql.EveryColumn} FROM ({active.Sql} AND b.id = @id UNION ALL {deleted.Sql} AND b.id = @id) AS b", [
            .. active.Parameters.Concat(deleted.Parameters).DistinctBy(parameter => parameter.ParameterName).Select(parameter => parameter.Clone()), new("id", id)]);
        Add(
            statements,
            $"""
            SELECT h.version, h.at, h.action, h.actor_kind, h.actor_id, h.actor_name, CASE WHEN h.sizes <= {MaxBytes} THEN h.changes::text END, h.sizes > {MaxBytes}
            FROM (SELECT h.*, sum(coalesce(pg_column_size(h.changes), 0)) OVER (ORDER BY h.version DESC) - coalesce(pg_column_size(h.changes), 0) AS sizes
                FROM (SELECT h.* {FromHistory} {OfBatch} AND h.version < @before ORDER BY h.version DESC LIMIT {limit + 1}) AS h) AS h
            ORDER BY h.version DESC
            """,
            [new("account", accountId), new("id", id), new("before", before)]);

        Batch batch;
        var entries = new List<HistoryEntry>();
        var goesOn = false;
        await using (var row = await statements.ExecuteReaderAsync(cancellation))
        {
            if (!await row.ReadAsync(cancellation))
                return null;
            batch = BatchRowReader.Read(row, BatchFields.All);
            await row.NextResultAsync(cancellation);
            while (await row.ReadAsync(cancellation))
            {
                if (entries.Count == limit || row.GetBoolean(7))
                {
                    goesOn = true;
                    break;
                }
                var changes = await row.IsDBNullAsync(6, cancellation) ? [] : Changes(JsonNode.Parse(row.GetString(6))!.AsObject());
                entries.Add(new HistoryEntry(
                    row.GetInt32(0), row.GetDateTime(1), row.GetString(2), new Actor(row.GetString(3), row.GetString(4), row.GetString(5)), changes));
            }
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Action == BatchChange.Create)
                entries[i] = entries[i] with { Changes = await ReadFirstValuesAsync(connection, accountId, batch, cancellation) };
        }
        return new HistoryPage(entries, goesOn ? HistoryCursor.Write(accountId, id, entries[^1].Version) : null);
    }

    /// <summary>The values with which a batch was created: those that its later changes replaced, and those that it still has.</summary>
    private static async Task<IReadOnlyList<FieldChange>> ReadFirstValuesAsync(
        NpgsqlConnection connection, int accountId, Batch batch, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(FirstValues, connection);
        command.Parameters.AddRange((NpgsqlParameter[])[new("account", accountId), new("id", batch.Id)]);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var replaced = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            replaced.Add(row.GetString(0), JsonNode.Parse(row.GetString(1)));
        return
        [
            .. BatchFields.Writable
                .Select(field => new FieldChange(field, null, replaced.TryGetValue(field.Name, out var value) ? ToPublicValue(field, value) : GetValue(field, batch)))
                .Where(change => change.New is not null),
        ];
    }

    private static List<FieldChange> Changes(JsonObject noted) =>
    [
        .. BatchFields.All
            .Where(field => noted.ContainsKey(field.Name))
            .Select(field => new FieldChange(field, ToPublicValue(field, noted[field.Name]![0]), ToPublicValue(field, noted[field.Name]![1]))),
    ];

    /// <summary>A value as it was noted, as clients are told it.</summary>
    private static JsonNode? ToPublicValue(Field field, JsonNode? noted) =>
        field.Kind == FieldKind.DateTime && noted is not null ? Rfc3339.Format(Rfc3339.Parse((string)noted!)!.Value) : noted?.DeepClone();

    private static JsonNode? GetValue(Field field, Batch batch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            field.WriteValue(json, batch);
        return JsonNode.Parse(buffer.WrittenSpan);
    }

    private static void Add(NpgsqlBatch statements, string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        statements.BatchCommands.Add(command);
    }
}
