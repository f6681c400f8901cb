using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Querying.Filters;
using Npgsql;

namespace BatchesApi.Writing;

/// <summary>Writes batches, one statement each.</summary>
/// <param name="db">Translates policies; it is not connected.</param>
/// <param name="source">The database.</param>
internal sealed class BatchWriter(BatchesContext db, NpgsqlDataSource source)
{
    /// <summary>Creates a batch.</summary>
    /// <param name="policy">The condition that the caller's key puts on batches.</param>
    /// <param name="batch">The batch, the server's own fields included.</param>
    /// <param name="cancellation">Ends the work.</param>
    public Task<WriteResult> CreateAsync(Condition policy, Batch batch, CancellationToken cancellation)
    {
        var permitted = PermittedBy(batch.AccountId, deleted: false, policy);
        return RunAsync(
            BatchSql.Create(permitted),
            [.. Parameters(permitted), new("account", batch.AccountId), .. BatchFields.All.Select(field => Parameter(field, batch))],
            isChecked: permitted is not null,
            cancellation);
    }

    /// <summary>Gives the passed fields of a living batch new values. Version and time of change move only where a value does.</summary>
    public Task<WriteResult> UpdateAsync(Target target, Batch values, FieldSet passed, DateTime now, CancellationToken cancellation) => ChangeAsync(
        target, deleted: false, BatchSql.Update, now, [new("passed", (int)passed.Bits), .. BatchFields.Writable.Select(field => Parameter(field, values))], cancellation);

    /// <summary>Moves a living batch to the deleted ones.</summary>
    public Task<WriteResult> DeleteAsync(Target target, DateTime now, CancellationToken cancellation) =>
        ChangeAsync(target, deleted: false, BatchSql.Delete, now, [], cancellation);

    /// <summary>Brings a deleted batch back to life.</summary>
    public Task<WriteResult> RestoreAsync(Target target, DateTime now, CancellationToken cancellation) =>
        ChangeAsync(target, deleted: true, BatchSql.Restore, now, [], cancellation);

    private Task<WriteResult> ChangeAsync(
        Target target, bool deleted, string assignments, DateTime now, NpgsqlParameter[] parameters, CancellationToken cancellation)
    {
        var found = Selection.Of(db, target.AccountId, deleted, target.Policy);
        var permitted = PermittedBy(target.AccountId, assignments == BatchSql.Delete, target.Policy);
        return RunAsync(
            BatchSql.Change(assignments, found, permitted, hasVersions: false),
            [.. found.Parameters, new("account", target.AccountId), new("id", target.Id), new("now", now), .. parameters],
            isChecked: permitted is not null,
            cancellation);
    }

    /// <summary>What a batch must be among after a write; null where the caller's key has no policy.</summary>
    private Selection? PermittedBy(int accountId, bool deleted, Condition policy) =>
        policy == Condition.Always ? null : Selection.Of(db, accountId, deleted, policy);

    private static IEnumerable<NpgsqlParameter> Parameters(Selection? selection) => selection?.Parameters ?? [];

    private async Task<WriteResult> RunAsync(string sql, NpgsqlParameter[] parameters, bool isChecked, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);

        // What a policy does not permit is found when it is done, and then undone.
        await using var transaction = isChecked ? await connection.BeginTransactionAsync(cancellation) : null;
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        try
        {
            var (result, isPermitted) = await ReadAsync(command, cancellation);
            if (!isPermitted)
                return new WriteResult(WriteOutcome.OutsidePolicy);
            if (transaction is not null)
                await transaction.CommitAsync(cancellation);
            return result;
        }
        catch (PostgresException fault) when (fault.IsViolationOf(BatchIndex.UniqueCode.Name))
        {
            return new WriteResult(WriteOutcome.CodeTaken);
        }
    }

    private static async Task<(WriteResult Result, bool IsPermitted)> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation))
            return (new WriteResult(WriteOutcome.NotFound), IsPermitted: true);
        if (await row.IsDBNullAsync(1, cancellation))
            return (new WriteResult(WriteOutcome.VersionDiffers, Version: row.GetInt32(0)), IsPermitted: true);
        var batch = BatchRows.Read(row, BatchFields.All, first: 1);
        return (new WriteResult(WriteOutcome.Done, batch), row.GetBoolean(BatchFields.All.Count + 1));
    }

    private static NpgsqlParameter Parameter(Field field, Batch values) => new(field.Name, BatchRows.TypeOf(field)) { Value = field.Get(values) ?? DBNull.Value };
}
