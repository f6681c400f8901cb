using BatchesApi.Domain;
using BatchesApi.Storage.Writes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.ImportExport;

/// <param name="Number">The 1-based line number.</param>
/// <param name="Batch">The batch to insert. Ignored if there are errors.</param>
/// <param name="HasId">Whether the line contains the id of the batch.</param>
/// <param name="Errors">The validation errors of the line.</param>
internal sealed record ImportLine(long Number, Batch Batch, bool HasId, ValidationErrors Errors);

/// <param name="Imported">Number of imported batches.</param>
/// <param name="Skipped">Number of batches that already existed with the same values.</param>
/// <param name="Rejected">Number of rejected lines.</param>
internal readonly record struct ImportResult(long Imported, long Skipped, long Rejected);

/// <summary>Imports batches into an account with COPY: into a temporary table, which is compared with the account and then inserted as a
/// whole. Identical batches are skipped, so an interrupted import can be re-run.</summary>
internal sealed class BatchImporter : IAsyncDisposable
{
    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => field.Column));

    private static readonly Sql Stage = Sql.Raw(
        $"""
        CREATE TEMPORARY TABLE incoming (
            line bigint, has_id boolean, verdict text,
            {string.Join(", ", BatchFields.All.Select(field => $"{field.Column} {GetTypeName(field)}"))})
        ON COMMIT DROP
        """);

    /// <summary>The GIN indexes that the role owns: only the owner may flush the entries that wait in them.</summary>
    private static readonly Sql FlushableIndexes = Sql.Raw(
        """
        pg_class AS c JOIN pg_index AS i ON i.indexrelid = c.oid JOIN pg_am AS m ON m.oid = c.relam
        WHERE i.indrelid = 'batch_search'::regclass AND m.amname = 'gin' AND pg_has_role(c.relowner, 'USAGE')
        """);

    /// <summary>Lets a chunk be sorted and kept in memory. Its entries wait in the GIN indexes until they are flushed, if they are: without
    /// that, as many would remain there as are allowed, for each search to read.</summary>
    private static readonly Sql Settings =
        $"""
        SELECT set_config('work_mem', '64MB', TRUE), (
            SELECT max(set_config('gin_pending_list_limit', '64MB', TRUE)) FROM {FlushableIndexes})
        """;

    /// <summary>Moves the waiting entries to their places in the GIN indexes.</summary>
    private static readonly Sql Flush = $"SELECT gin_clean_pending_list(c.oid) FROM {FlushableIndexes}";

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly ReplicationWatch _replication;
    private readonly int _accountId;

    private BatchImporter(NpgsqlDataSource source, NpgsqlConnection connection, int accountId) =>
        (_source, _connection, _replication, _accountId) = (source, connection, new ReplicationWatch(connection), accountId);

    /// <summary>Maximum number of batches per insert, which bounds the memory and the entries that wait in the GIN indexes.</summary>
    public int ChunkSize { get; set; } = 10_000;

    /// <summary>Starts an import into an account.</summary>
    public static async Task<BatchImporter> OpenAsync(NpgsqlDataSource source, int accountId, CancellationToken cancellation) =>
        new(source, await source.OpenConnectionAsync(cancellation), accountId);

    /// <summary>Imports lines in one transaction.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="withoutRejected">Whether to import the other lines if some are rejected.</param>
    /// <param name="reject">Receives the number and the errors of each rejected line.</param>
    /// <param name="cancellation">Cancels the import; nothing is imported.</param>
    public async Task<ImportResult> ImportAsync(
        IAsyncEnumerable<ImportLine> lines, bool withoutRejected, Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(Settings, cancellation);
        await ExecuteAsync(Stage, cancellation);
        var (copied, invalid) = await CopyAsync(lines, reject, cancellation);
        foreach (var statement in Validate(_accountId))
            await ExecuteAsync(statement, cancellation);
        var (known, conflicting) = await ReadVerdictsAsync(reject, cancellation);

        var rejected = invalid + conflicting;
        if (rejected > 0 && !withoutRejected)
            return new ImportResult(0, known, rejected);
        var imported = copied - known - conflicting;
        if (imported > 0)
            await InsertAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        _replication.ThrowIfUnconfirmed();
        return new ImportResult(imported, known, rejected);
    }

    /// <summary>Updates the planner's statistics. PostgreSQL does so itself within a minute or so, but until then plans ignore the imported
    /// batches.</summary>
    public Task AnalyzeAsync(CancellationToken cancellation) => ExecuteAsync($"ANALYZE batches, batch_search", cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Copies the valid lines to the temporary table.</summary>
    private async Task<(long Copied, long Rejected)> CopyAsync(
        IAsyncEnumerable<ImportLine> lines, Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var copy = await _connection.BeginBinaryImportAsync(
            $"COPY incoming (line, has_id, {Columns}) FROM STDIN (FORMAT BINARY)", cancellation);
        copy.Timeout = TimeSpan.Zero;
        var (copied, rejected) = (0L, 0L);
        await foreach (var (number, batch, hasId, errors) in lines.WithCancellation(cancellation))
        {
            if (errors.HasErrors)
            {
                reject(number, errors);
                rejected++;
                continue;
            }
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(number, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(hasId, NpgsqlDbType.Boolean, cancellation);
            foreach (var field in BatchFields.All)
            {
                if (field.Get(batch) is { } value)
                    await copy.WriteAsync(value, BatchRowReader.GetDbType(field), cancellation);
                else
                    await copy.WriteNullAsync(cancellation);
            }
            copied++;
        }
        await copy.CompleteAsync(cancellation);
        return (copied, rejected);
    }

    /// <summary>Reads the lines that are not to be inserted.</summary>
    private async Task<(long Known, long Rejected)> ReadVerdictsAsync(Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var command = _connection.Command($"SELECT line, verdict FROM incoming WHERE verdict IS NOT NULL ORDER BY line");
        command.CommandTimeout = 0;
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (known, rejected) = (0L, 0L);
        while (await row.ReadAsync(cancellation))
        {
            var verdict = row.GetString(1);
            if (verdict == "known")
            {
                known++;
                continue;
            }
            var errors = new ValidationErrors();
            var space = verdict.IndexOf(' ', StringComparison.Ordinal);
            errors.Add(verdict[..space], verdict[(space + 1)..]);
            reject(row.GetInt64(0), errors);
            rejected++;
        }
        return (known, rejected);
    }

    /// <summary>Compares each line with the account and with the lines before it. The verdict is why the line cannot be imported, or that
    /// it need not be.</summary>
    private static IReadOnlyList<Sql> Validate(int accountId)
    {
        var (sameRow, sameValues) = (Same(BatchFields.All), Same(BatchFields.Writable));
        return
        [
            $"ANALYZE incoming (line, has_id, id, batch_code, deleted_at)",
            $"""
            UPDATE incoming AS i SET verdict = 'known' FROM batches AS b
            WHERE b.account_id = {accountId} AND b.id = i.id AND {sameRow}
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'known' FROM batches AS b
            WHERE i.verdict IS NULL AND NOT i.has_id AND i.deleted_at IS NULL
            AND b.account_id = {accountId} AND NOT b.is_deleted AND b.batch_code = i.batch_code AND {sameValues}
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'known' FROM batches AS b
            WHERE i.verdict IS NULL AND NOT i.has_id AND i.deleted_at IS NOT NULL
            AND b.account_id = {accountId} AND b.is_deleted AND b.deleted_at = i.deleted_at AND {sameValues}
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'id is that of a batch in the account with other values.' FROM batches AS b
            WHERE i.verdict IS NULL AND b.account_id = {accountId} AND b.id = i.id
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'batchCode is taken by another batch in the account, ' || b.id || '.' FROM batches AS b
            WHERE i.verdict IS NULL AND i.deleted_at IS NULL
            AND b.account_id = {accountId} AND NOT b.is_deleted AND b.batch_code = i.batch_code
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'id is that of line ' || o.line || ', too.' FROM incoming AS o
            WHERE i.verdict IS NULL AND o.verdict IS NULL AND o.id = i.id AND o.line < i.line
            """,
            $"""
            UPDATE incoming AS i SET verdict = 'batchCode is that of line ' || o.line || ', too.' FROM incoming AS o
            WHERE i.verdict IS NULL AND o.verdict IS NULL AND i.deleted_at IS NULL AND o.deleted_at IS NULL
            AND o.batch_code = i.batch_code AND o.line < i.line
            """,
        ];
    }

    /// <summary>Inserts the valid lines in the order of their codes, as the create of an array does: of two concurrent inserts with the
    /// same codes, only one waits for the other. Another connection flushes the entries of a chunk during the next one.</summary>
    private async Task InsertAsync(CancellationToken cancellation)
    {
        await ExecuteAsync($"CREATE INDEX incoming_order ON incoming (batch_code COLLATE \"C\", line) WHERE verdict IS NULL", cancellation);
        var flush = Task.CompletedTask;
        try
        {
            for (var last = (Code: "", Line: 0L); await InsertChunkAsync(last, cancellation) is { } next; last = next)
            {
                await flush;
                flush = FlushAsync(cancellation);
            }
        }
        finally
        {
            await flush;
        }
    }

    /// <summary>Inserts the next chunk.</summary>
    /// <returns>Its last line, or null if there are no more.</returns>
    private async Task<(string Code, long Line)?> InsertChunkAsync((string Code, long Line) after, CancellationToken cancellation)
    {
        await using var command = _connection.Command(Insert(_accountId, after.Code, after.Line, ChunkSize));
        command.CommandTimeout = 0;
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? (row.GetString(0), row.GetInt64(1)) : null;
    }

    /// <summary>Flushes on another connection. Its locks have a timeout, because this connection may hold locks for which a change of the
    /// schema is waiting, and this one would wait behind that. Then, the next flush or PostgreSQL itself moves the entries.</summary>
    private async Task FlushAsync(CancellationToken cancellation)
    {
        await using var batch = _source.CreateBatch();
        batch.Timeout = 0;
        batch.Add($"SELECT set_config('lock_timeout', '1s', TRUE)");
        batch.Add(Flush);
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // Nothing is lost: searches read the waiting entries, too.
        }
    }

    private static Sql Insert(int accountId, string afterCode, long afterLine, int maxCount)
    {
        var (columns, order) = (Sql.Raw(Columns), Sql.Raw("i.batch_code COLLATE \"C\", i.line"));
        return $"""
            WITH lines AS MATERIALIZED (
                SELECT * FROM incoming AS i WHERE i.verdict IS NULL AND ({order}) > ({afterCode}, {Sql.Literal(afterLine)})
                ORDER BY {order} LIMIT {Sql.Literal(maxCount)}),
            added AS (
                INSERT INTO batches (account_id, position, {columns})
                SELECT {accountId}, {ChangeSql.Position(accountId)}, {columns} FROM lines AS i ORDER BY {order}
                RETURNING *),
            searched AS ({BatchSearchSql.Insert(Sql.Raw("added"))}),
            recorded AS (
                INSERT INTO batch_changes (account_id, batch_id, version, at, position, action, actor_kind, actor_id, actor_name)
                SELECT account_id, id, version, now(), position, {BatchChange.Create}, {Actor.Operator}, '', 'import' FROM added)
            SELECT i.batch_code, i.line FROM lines AS i ORDER BY i.batch_code COLLATE "C" DESC, i.line DESC LIMIT 1
            """;
    }

    private static Sql Same(IEnumerable<Field> fields) =>
        Sql.Raw(string.Join(" AND ", fields.Select(field => $"b.{field.Column} IS NOT DISTINCT FROM i.{field.Column}")));

    private async Task ExecuteAsync(Sql sql, CancellationToken cancellation)
    {
        await using var command = _connection.Command(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string GetTypeName(Field field) => field.Kind switch
    {
        FieldKind.DateTime => "timestamptz",
        FieldKind.Boolean => "boolean",
        FieldKind.Integer => "integer",
        FieldKind.TextList => "text[]",
        _ when field == BatchFields.Id => $"text COLLATE \"{BatchConfiguration.BinaryCollation}\"",
        _ => $"text COLLATE \"{BatchConfiguration.RootCollation}\"",
    };
}
