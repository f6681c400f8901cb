using System.Globalization;
using BatchesApi.Domain;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.ImportExport;

/// <summary>How an import ended.</summary>
/// <param name="Imported">Batches that were imported.</param>
/// <param name="Skipped">Batches that were there already, just so.</param>
/// <param name="Rejected">Lines that were rejected.</param>
internal readonly record struct ImportResult(long Imported, long Skipped, long Rejected);

/// <summary>Brings batches into an account by COPY. They go into a temporary table first, are held against what is there, and then go over together.
/// A batch that is there already, value for value, is no fault, so that an import that was interrupted can be run again.</summary>
internal sealed class BatchImporter : IAsyncDisposable
{
    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => field.Column));

    private static readonly string SameValues = string.Join(" AND ", BatchFields.Writable.Select(field => $"b.{field.Column} IS NOT DISTINCT FROM i.{field.Column}"));

    private static readonly string SameRow = string.Join(" AND ", BatchFields.All.Select(field => $"b.{field.Column} IS NOT DISTINCT FROM i.{field.Column}"));

    private static readonly string Stage =
        $"""
        CREATE TEMPORARY TABLE incoming (
            line bigint, has_id boolean, verdict text, {string.Join(", ", BatchFields.All.Select(field => $"{field.Column} {GetTypeName(field)}"))})
        ON COMMIT DROP
        """;

    /// <summary>Holds each line against those before it and against the account, and says why it cannot be imported, or that it need not.</summary>
    private static readonly string Validate =
        $"""
        CREATE INDEX incoming_id ON incoming (id);
        CREATE INDEX incoming_code ON incoming (batch_code) WHERE deleted_at IS NULL;
        ANALYZE incoming;
        UPDATE incoming AS i SET verdict = 'known' FROM batches AS b
            WHERE b.account_id = @account AND b.id = i.id AND {SameRow};
        UPDATE incoming AS i SET verdict = 'known' FROM batches AS b
            WHERE i.verdict IS NULL AND NOT i.has_id AND i.deleted_at IS NULL
            AND b.account_id = @account AND NOT b.is_deleted AND b.batch_code = i.batch_code AND {SameValues};
        UPDATE incoming AS i SET verdict = 'id is that of another batch in the account.' FROM batches AS b
            WHERE i.verdict IS NULL AND b.account_id = @account AND b.id = i.id;
        UPDATE incoming AS i SET verdict = 'batchCode is taken by another batch in the account, ' || b.id || '.' FROM batches AS b
            WHERE i.verdict IS NULL AND i.deleted_at IS NULL AND b.account_id = @account AND NOT b.is_deleted AND b.batch_code = i.batch_code;
        UPDATE incoming AS i SET verdict = 'id is that of line ' || o.line || ', too.' FROM incoming AS o
            WHERE i.verdict IS NULL AND o.verdict IS NULL AND o.id = i.id AND o.line < i.line;
        UPDATE incoming AS i SET verdict = 'batchCode is that of line ' || o.line || ', too.' FROM incoming AS o
            WHERE i.verdict IS NULL AND o.verdict IS NULL AND i.deleted_at IS NULL AND o.deleted_at IS NULL
            AND o.batch_code = i.batch_code AND o.line < i.line
        """;

    private const string Rejections = "SELECT line, verdict FROM incoming WHERE verdict IS NOT NULL ORDER BY line";

    private static readonly string Insert =
        $"""
        WITH added AS (
            INSERT INTO batches (account_id, {Columns}) SELECT @account, {Columns} FROM incoming WHERE verdict IS NULL RETURNING account_id, id, version)
        INSERT INTO {BatchChangeConfiguration.Table} (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)
        SELECT account_id, id, version, now(), '{BatchChange.Create}', '{Actor.Operator}', '', 'import' FROM added
        """;

    private readonly NpgsqlConnection _connection;
    private readonly ReplicationWatch _replication;
    private readonly int _accountId;

    private BatchImporter(NpgsqlConnection connection, int accountId) =>
        (_connection, _replication, _accountId) = (connection, new ReplicationWatch(connection), accountId);

    /// <summary>Begins an import into an account.</summary>
    public static async Task<BatchImporter> OpenAsync(NpgsqlDataSource source, int accountId, CancellationToken cancellation) =>
        new(await source.OpenConnectionAsync(cancellation), accountId);

    /// <summary>Imports lines together: all of them, or none where one is rejected, unless the rest may go without it.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="withoutRejected">Whether the rest is imported where a line is rejected.</param>
    /// <param name="reject">Is told of every line that is rejected.</param>
    /// <param name="cancellation">Ends the work; nothing is imported then.</param>
    public async Task<ImportResult> ImportAsync(
        IAsyncEnumerable<ImportLine> lines, bool withoutRejected, Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(Stage, cancellation);
        var (copied, rejected) = await CopyAsync(lines, reject, cancellation);
        await ExecuteAsync(Validate, cancellation);

        var (known, judged) = (0L, 0L);
        await using (var command = new NpgsqlCommand(Rejections, _connection, transaction) { CommandTimeout = 0 })
        await using (var row = await command.ExecuteReaderAsync(cancellation))
        {
            while (await row.ReadAsync(cancellation))
            {
                var verdict = row.GetString(1);
                if (verdict == "known")
                {
                    known++;
                    continue;
                }
                var errors = new ValidationErrors();
                errors.Add(verdict[..verdict.IndexOf(' ', StringComparison.Ordinal)], verdict[(verdict.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
                reject(row.GetInt64(0), errors);
                judged++;
            }
        }
        rejected += judged;
        if (rejected > 0 && !withoutRejected)
            return new ImportResult(0, known, rejected);
        var imported = copied - known - judged;
        if (imported > 0)
            await ExecuteAsync(Insert, cancellation);
        await transaction.CommitAsync(cancellation);
        _replication.ThrowIfUnconfirmed();
        return new ImportResult(imported, known, rejected);
    }

    /// <summary>Has PostgreSQL look at what was imported. It would itself in a minute or so; until then it plans as if the batches were not there.</summary>
    public Task AnalyzeAsync(CancellationToken cancellation) => ExecuteAsync("ANALYZE batches", cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Copies the lines that have no fault of their own.</summary>
    private async Task<(long Copied, long Rejected)> CopyAsync(
        IAsyncEnumerable<ImportLine> lines, Action<long, ValidationErrors> reject, CancellationToken cancellation)
    {
        await using var copy = await _connection.BeginBinaryImportAsync($"COPY incoming (line, has_id, {Columns}) FROM STDIN (FORMAT BINARY)", cancellation);
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

    private async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("account", _accountId);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string GetTypeName(Field field) => field.Kind switch
    {
        FieldKind.DateTime => "timestamptz",
        FieldKind.Boolean => "boolean",
        FieldKind.Integer => "integer",
        FieldKind.TextList => "text[]",
        _ => string.Create(CultureInfo.InvariantCulture, $"text COLLATE \"{(field == BatchFields.Id ? BatchConfiguration.BinaryCollation : BatchConfiguration.RootCollation)}\""),
    };
}
