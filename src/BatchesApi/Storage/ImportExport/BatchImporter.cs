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

    private readonly NpgsqlConnection _connection;
    private readonly ReplicationWatch _replication;
    private readonly int _accountId;

    private BatchImporter(NpgsqlConnection connection, int accountId) =>
        (_connection, _replication, _accountId) = (connection, new ReplicationWatch(connection), accountId);

    /// <summary>Starts an import into an account.</summary>
    public static async Task<BatchImporter> OpenAsync(NpgsqlDataSource source, int accountId, CancellationToken cancellation) =>
        new(await source.OpenConnectionAsync(cancellation), accountId);

    /// <summary>Imports lines in one transaction.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="withoutRejected">Whether to import the other lines if some are rejected.</param>
    /// <param name="reject">Receives the number and the errors of each rejected line.</param>
    /// <param name="cancellation">Cancels the import; nothing is imported.</param>
    public async Task<ImportResult> ImportAsync(
        IAsyncEnumerable<ImportLine> lines, bool withoutRejected, Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
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
            await ExecuteAsync(Insert(_accountId), cancellation);
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
            $"CREATE INDEX incoming_id ON incoming (id)",
            $"CREATE INDEX incoming_code ON incoming (batch_code) WHERE deleted_at IS NULL",
            $"ANALYZE incoming",
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

    private static Sql Insert(int accountId)
    {
        var columns = Sql.Raw(Columns);
        return $"""
            WITH added AS (
                INSERT INTO batches (account_id, {columns}) SELECT {accountId}, {columns} FROM incoming WHERE verdict IS NULL
                RETURNING *),
            searched AS ({BatchSearchSql.Insert(Sql.Raw("added"))})
            INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)
            SELECT account_id, id, version, now(), {BatchChange.Create}, {Actor.Operator}, '', 'import' FROM added
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
