using System.Security.Cryptography;
using Npgsql;

namespace BatchesApi.Ceiling;

/// <summary>The statements of a hand-written server, on the same tables and indexes, without any checks.</summary>
/// <param name="source">The database.</param>
/// <param name="account">The number of the account.</param>
internal sealed class Store(NpgsqlDataSource source, int account)
{
    private const int PageLength = 20;

    private const string Columns =
        "id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, version";

    private const string ActiveBatches = $"SELECT {Columns} FROM batches WHERE account_id = $1 AND NOT is_deleted";

    public async Task<Batch?> FindAsync(string id)
    {
        await using var command = source.CreateCommand($"{ActiveBatches} AND id = $2");
        Add(command, account, id);
        return (await BatchesAsync(command)).FirstOrDefault();
    }

    public async Task<Page> NewestAsync()
    {
        await using var command = source.CreateCommand($"{ActiveBatches} ORDER BY created_at DESC, id DESC LIMIT {PageLength}");
        Add(command, account);
        return new Page(await BatchesAsync(command), null);
    }

    public async Task<Page> NewestAndTotalAsync()
    {
        await using var count = source.CreateCommand("SELECT count(*) FROM batches WHERE account_id = $1 AND NOT is_deleted");
        Add(count, account);
        return await NewestAsync() with { Total = (long)(await count.ExecuteScalarAsync())! };
    }

    /// <summary>A page of a type by rating, unrated batches last.</summary>
    public async Task<Page> BestOfTypeAsync(string type, int page)
    {
        const string OfType = $"{ActiveBatches} AND batch_type = $2";
        var offset = (page - 1) * PageLength;

        // The index is read backwards and has the unrated batches first, so they are read separately.
        await using var rated = source.CreateCommand(
            $"{OfType} AND rating IS NOT NULL ORDER BY rating DESC, id DESC LIMIT {PageLength} OFFSET $3");
        Add(rated, account, type, offset);
        var batches = await BatchesAsync(rated);
        if (batches.Count < PageLength)
        {
            await using var count = source.CreateCommand(
                "SELECT count(*) FROM batches WHERE account_id = $1 AND NOT is_deleted AND batch_type = $2 AND rating IS NOT NULL");
            Add(count, account, type);
            var before = (int)(long)(await count.ExecuteScalarAsync())!;
            await using var unrated = source.CreateCommand(
                $"{OfType} AND rating IS NULL ORDER BY id DESC LIMIT $3 OFFSET $4");
            Add(unrated, account, type, PageLength - batches.Count, Math.Max(0, offset - before));
            batches.AddRange(await BatchesAsync(unrated));
        }
        return new Page(batches, null);
    }

    /// <summary>The newest batches with a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isRare">Whether it is so rare that the index finds it faster than reading the newest batches.</param>
    public async Task<Page> SearchAsync(string text, bool isRare)
    {
        // A space of the text is two in the searched text.
        var pattern = $"%{text.ToLowerInvariant().Replace(" ", "  ", StringComparison.Ordinal)}%";
        var condition = isRare
            ? "id IN (SELECT batch_id FROM batch_search WHERE account_id = $1 AND text LIKE $2)"
            : "(search_short LIKE $2 OR search_long LIKE $2)";
        await using var command = source.CreateCommand(
            $"{ActiveBatches} AND {condition} ORDER BY created_at DESC, id DESC LIMIT {PageLength}");
        Add(command, account, pattern);
        return new Page(await BatchesAsync(command), null);
    }

    /// <summary>Changes a field.</summary>
    /// <param name="id">The id of the batch.</param>
    /// <param name="change">The new value.</param>
    /// <param name="hasHistory">Whether to record the change of a due date.</param>
    public async Task<Batch?> ChangeAsync(string id, Change change, bool hasHistory)
    {
        const string Record =
            $"""
            WITH found AS (SELECT due_date FROM batches WHERE account_id = $1 AND NOT is_deleted AND id = $2 FOR UPDATE),
            changed AS (
                UPDATE batches AS b SET due_date = $3, updated_at = now(), version = b.version + 1 FROM found
                WHERE b.account_id = $1 AND NOT b.is_deleted AND b.id = $2 RETURNING b.*),
            recorded AS (
                INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
                SELECT c.account_id, c.id, c.version, c.updated_at, 'update', 'key', '', '',
                jsonb_build_object('dueDate', jsonb_build_array(f.due_date, c.due_date)) FROM changed AS c, found AS f)
            SELECT {Columns} FROM changed
            """;
        const string Update =
            "updated_at = now(), version = version + 1 WHERE account_id = $1 AND NOT is_deleted AND id = $2 RETURNING";
        await using var command = source.CreateCommand(
            hasHistory ? Record
                : change.Assignee is null
                ? $"UPDATE batches SET due_date = $3, {Update} {Columns}"
                : $"""
                  WITH changed AS (UPDATE batches SET assignee = $3, {Update} *),
                  searched AS (
                      UPDATE batch_search AS s SET text = c.search_short FROM changed AS c
                      WHERE s.account_id = c.account_id AND s.batch_id = c.id AND s.part = 1)
                  SELECT {Columns} FROM changed
                  """);
        Add(command, account, id, change.Assignee ?? (object?)change.DueDate);
        return (await BatchesAsync(command)).FirstOrDefault();
    }

    public async Task<Batch> CreateAsync(NewBatch batch)
    {
        await using var command = source.CreateCommand(
            $"""
            WITH added AS (
                INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
                lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{"{}"}', $10, now(), now(), 1, FALSE) RETURNING *),
            searched AS (
                INSERT INTO batch_search (account_id, batch_id, part, text, lead_ids, opportunity_ids)
                SELECT account_id, id, 1, search_short, NULL, NULL FROM added
                UNION ALL SELECT account_id, id, 2, search_long, lead_ids, opportunity_ids FROM added)
            SELECT {Columns} FROM added
            """);
        Add(
            command, account, NewId(), batch.BatchCode, batch.BatchType, batch.Manager, batch.Assignee,
            batch.Summary, batch.Notes, batch.LeadIds ?? [],
            (short?)batch.Rating);
        return (await BatchesAsync(command))[0];
    }

    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private static void Add(NpgsqlCommand command, params ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
    }

    private static async Task<List<Batch>> BatchesAsync(NpgsqlCommand command)
    {
        var batches = new List<Batch>();
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            batches.Add(new Batch(
                row.GetString(0), row.GetString(1), row.GetString(2), Text(row, 3), Text(row, 4),
                row.IsDBNull(5) ? null : row.GetDateTime(5), row.GetBoolean(6),
                Text(row, 7), Text(row, 8), row.GetFieldValue<string[]>(9), row.GetFieldValue<string[]>(10),
                row.IsDBNull(11) ? null : row.GetInt16(11),
                row.GetDateTime(12), row.GetDateTime(13), row.GetInt32(14)));
        }
        return batches;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
