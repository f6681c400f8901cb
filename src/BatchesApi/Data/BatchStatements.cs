using System.Text;
using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Data;

/// <summary>The statements that change a batch and answer with it: tenant, state and change in one, so that nothing can come between
/// reading and writing. EF Core's own updates cannot return rows.</summary>
internal static class BatchStatements
{
    private static readonly string UpdateSql = ComposeUpdate();

    /// <summary>Gives the passed fields of a living batch new values. Version and time of change move only where a value does.</summary>
    /// <returns>The batch after the change; null where the account has no such living batch.</returns>
    /// <exception cref="PostgresException">The code is taken (<see cref="BatchIndex.UniqueCode"/>).</exception>
    public static Task<Batch?> UpdateAsync(
        BatchesContext db, int accountId, string id, Batch values, FieldSet passed, DateTime now, CancellationToken cancellation)
    {
        var parameters = new List<object>
        {
            new NpgsqlParameter("account", accountId),
            new NpgsqlParameter("id", id),
            new NpgsqlParameter("now", now),
            new NpgsqlParameter("passed", (int)passed.Bits),
        };
        parameters.AddRange(BatchFields.Writable.Select(field =>
            new NpgsqlParameter(field.Name, TypeOf(field)) { Value = field.Get(values) ?? DBNull.Value }));
        return SingleAsync(db, UpdateSql, parameters, cancellation);
    }

    /// <summary>Brings a deleted batch back to life.</summary>
    /// <returns>The batch; null where the account has no such deleted batch.</returns>
    /// <exception cref="PostgresException">The code was taken meanwhile (<see cref="BatchIndex.UniqueCode"/>).</exception>
    public static Task<Batch?> RestoreAsync(BatchesContext db, int accountId, string id, DateTime now, CancellationToken cancellation) =>
        SingleAsync(
            db,
            $"""
            UPDATE batches SET deleted_at = NULL, updated_at = GREATEST(updated_at, @now), version = version + 1
            WHERE id = @id AND account_id = @account AND deleted_at IS NOT NULL
            RETURNING *
            """,
            [new NpgsqlParameter("account", accountId), new NpgsqlParameter("id", id), new NpgsqlParameter("now", now)],
            cancellation);


    private static async Task<Batch?> SingleAsync(
        BatchesContext db, string sql, IEnumerable<object> parameters, CancellationToken cancellation)
    {
        // Composing anything on top would put the statement into a subquery, where PostgreSQL takes no UPDATE.
        var rows = await db.Batches.FromSqlRaw(sql, [.. parameters]).AsNoTracking().ToListAsync(cancellation);
        return rows.SingleOrDefault();
    }

    private static string ComposeUpdate()
    {
        static string IsPassed(Field field) => $"@passed & {1u << field.Index} <> 0";
        var set = new StringBuilder();
        var changes = new List<string>();
        foreach (var field in BatchFields.Writable)
        {
            var column = field.Column;
            set.Append(null, $"{column} = CASE WHEN {IsPassed(field)} THEN @{field.Name} ELSE {column} END,\n");
            changes.Add($"{IsPassed(field)} AND {column} IS DISTINCT FROM @{field.Name}");
        }
        var isChanged = string.Join("\nOR ", changes);
        return $"""
            UPDATE batches SET
            {set}updated_at = CASE WHEN {isChanged} THEN GREATEST(updated_at, @now) ELSE updated_at END,
            version = version + CASE WHEN {isChanged} THEN 1 ELSE 0 END
            WHERE id = @id AND account_id = @account AND deleted_at IS NULL
            RETURNING *
            """;
    }

    private static NpgsqlDbType TypeOf(Field field) => field.Kind switch
    {
        FieldKind.Text => NpgsqlDbType.Text,
        FieldKind.DateTime => NpgsqlDbType.TimestampTz,
        FieldKind.Boolean => NpgsqlDbType.Boolean,
        FieldKind.Integer => NpgsqlDbType.Integer,
        _ => NpgsqlDbType.Array | NpgsqlDbType.Text,
    };
}
