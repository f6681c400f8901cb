using System.Data.Common;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Writes batches, one statement each.</summary>
/// <param name="selections">Make selections of policies.</param>
/// <param name="connections">The database.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class BatchWriter(BatchFilterSqlCache selections, DatabaseConnections connections, TimeProvider clock) : IDisposable
{
    private readonly IdempotencyKeyLimiter _gate = new(clock);

    /// <summary>How long to wait for a claimed key, at most; the database gives up before.</summary>
    private const int ClaimTimeoutSeconds = 10;

    /// <summary>Creates batches of one account, all or none.</summary>
    /// <param name="policy">The condition that the caller's key puts on batches.</param>
    /// <param name="batches">The batches, the server's own fields included, their ids ascending.</param>
    /// <param name="actor">Who creates them.</param>
    /// <param name="claim">The idempotency key that is claimed for it; null for none.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task<WriteResult> CreateAsync(
        Condition policy, IReadOnlyList<Batch> batches, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var account = batches[0].AccountId;
        var permitted = PermittedBy(account, deleted: false, policy);
        var result = await RunAsync(
            account,
            BatchSql.Create(several: batches.Count > 1, permitted),
            [
                .. permitted?.Parameters ?? [], new("account", account), .. Parameters(actor),
                .. BatchFields.All.Select(field => batches is [var only] ? Parameter(field, only) : Parameter(field, batches)),
            ],
            isChecked: permitted is not null,
            claim,
            cancellation);
        return result.Outcome switch
        {
            WriteOutcome.CodeTaken => await ReportTakenCodesAsync(account, policy, batches, cancellation),
            WriteOutcome.OutsidePolicy => result with { RejectedIndexes = PlacesOf([.. result.Batches.Select(refused => refused.Id)]) },
            _ => result,
        };

        IReadOnlyList<int> PlacesOf(HashSet<string> ids) => [.. batches.Index().Where(batch => ids.Contains(batch.Item.Id)).Select(batch => batch.Index)];
    }

    /// <summary>Gives the passed fields of a living batch new values. Version and time of change move only where a value does.</summary>
    public Task<WriteResult> UpdateAsync(BatchTarget target, Batch values, FieldSet passed, Actor actor, CancellationToken cancellation) => ChangeAsync(
        target, BatchChange.Update, passed, actor, [.. BatchFields.Writable.Where(passed.Contains).Select(field => Parameter(field, values))], claim: null, cancellation);

    /// <summary>Moves a living batch to the deleted ones.</summary>
    public Task<WriteResult> DeleteAsync(BatchTarget target, Actor actor, CancellationToken cancellation) =>
        ChangeAsync(target, BatchChange.Delete, default, actor, [], claim: null, cancellation);

    /// <summary>Brings a deleted batch back to life.</summary>
    public Task<WriteResult> RestoreAsync(BatchTarget target, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation) =>
        ChangeAsync(target, BatchChange.Restore, default, actor, [], claim, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<WriteResult> ChangeAsync(
        BatchTarget target, string action, FieldSet passed, Actor actor, NpgsqlParameter[] parameters, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var found = selections.Get(target.AccountId, deleted: action == BatchChange.Restore, target.Policy);
        var permitted = PermittedBy(target.AccountId, deleted: action == BatchChange.Delete, target.Policy);
        var result = await RunAsync(
            target.AccountId,
            BatchSql.Change(action, passed, found, permitted, hasVersions: target.Versions is not null),
            [
                .. found.Parameters, new("account", target.AccountId), new("id", target.Id), new("now", clock.GetUtcNowMicroseconds()), .. Parameters(actor), .. parameters,
                .. target.Versions is { } versions ? [new NpgsqlParameter("versions", versions)] : Array.Empty<NpgsqlParameter>(),
            ],
            isChecked: permitted is not null,
            claim,
            cancellation);
        return result.Outcome == WriteOutcome.VersionDiffers && !target.HidesChanges
            ? result with { Changed = await FindChangedFieldsAsync(target, result.Version!.Value, cancellation) }
            : result;
    }

    /// <summary>What a batch must be among after a write; null where the caller's key has no policy.</summary>
    private BatchFilterSql? PermittedBy(int accountId, bool deleted, Condition policy) =>
        policy == Condition.Always ? null : selections.Get(accountId, deleted, policy);

    private async Task<WriteResult> RunAsync(
        int account, PositionalSql statement, NpgsqlParameter[] parameters, bool isChecked, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var start = clock.GetTimestamp();

        // Requests with the same key take turns here, so that only one of them has a connection.
        using var turn = claim is null ? null : await _gate.EnterAsync(claim, cancellation);
        if (claim is not null && turn is null)
            return new WriteResult(WriteOutcome.KeyInFlight);
        await using var lease = await connections.OpenAsync(account, cancellation);
        var connection = lease.Connection;

        var replication = new ReplicationWatch(connection);

        // What a policy does not permit is found when it is done, and then undone; a key and the write that it is for are kept together or not at all.
        await using var transaction = isChecked || claim is not null ? await connection.BeginTransactionAsync(cancellation) : null;
        if (claim is not null && await ClaimAsync(connection, claim, IdempotencyClaim.MaxWait - clock.GetElapsedTime(start), cancellation) is { } claimed)
        {
            // The first answer may have been that the write is not confirmed. To commit anything now waits for all that was committed before.
            if (claimed.Outcome == WriteOutcome.Replayed)
            {
                await TouchAsync(connection, claim, cancellation);
                await transaction!.CommitAsync(cancellation);
                replication.ThrowIfUnconfirmed();
            }
            return claimed;
        }
        try
        {
            await using var command = new NpgsqlCommand(statement.Sql, connection);
            command.Parameters.AddRange(statement.BindParameters(parameters));
            var result = await ReadAsync(command, cancellation);
            if (result.Outcome != WriteOutcome.Done)
                return result;
            if (claim is not null)
            {
                result = result with { StoredResponse = claim.CreateResponse(result.Batches) };
                await StoreResponseAsync(connection, claim, result.StoredResponse, cancellation);
            }
            if (transaction is not null)
                await transaction.CommitAsync(cancellation);
            replication.ThrowIfUnconfirmed();
            return result;
        }
        catch (PostgresException exception) when (exception.IsUniqueViolation(BatchIndex.UniqueCode.Name))
        {
            return new WriteResult(WriteOutcome.CodeTaken);
        }
    }

    private static async Task<WriteResult> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (batches, refused) = (new List<Batch>(), new List<Batch>());
        while (await row.ReadAsync(cancellation))
        {
            if (await row.IsDBNullAsync(1, cancellation))
                return new WriteResult(WriteOutcome.VersionDiffers) { Version = row.GetInt32(0) };
            var batch = BatchRowReader.Read(row, BatchFields.All, first: 1);
            batches.Add(batch);
            if (!row.GetBoolean(BatchFields.All.Count + 1))
                refused.Add(batch);
        }
        if (refused.Count > 0)
            return new WriteResult(WriteOutcome.OutsidePolicy, refused);
        batches.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return new WriteResult(batches.Count == 0 ? WriteOutcome.NotFound : WriteOutcome.Done, batches);
    }

    /// <summary>Claims an idempotency key.</summary>
    /// <returns>How the write ends for it; null where it is to be done.</returns>
    private async Task<WriteResult?> ClaimAsync(NpgsqlConnection connection, IdempotencyClaim claim, TimeSpan wait, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        var lockTimeout = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)wait.TotalMilliseconds)}ms");
        await using var batch = connection.CreateBatch();
        batch.Timeout = ClaimTimeoutSeconds;
        foreach (var sql in BatchSql.Claim)
        {
            // Of those given, Npgsql sends what the statement names.
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.AddRange((NpgsqlParameter[])
                [new("credential", claim.CredentialId), new("key", claim.Key), new("hash", claim.RequestHash), new("now", now), new("expired", now - IdempotencyRecord.Lifetime), new("wait", lockTimeout)]);
            batch.BatchCommands.Add(command);
        }
        try
        {
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            await row.NextResultAsync(cancellation);

            // Between two statements, what was there may have become old and been forgotten.
            if (!await row.ReadAsync(cancellation))
                return new WriteResult(WriteOutcome.KeyInFlight);
            if (!row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(claim.RequestHash))
                return new WriteResult(WriteOutcome.KeyReused);
            return await row.IsDBNullAsync(1, cancellation) ? null : new WriteResult(WriteOutcome.Replayed) { StoredResponse = ReadResponse(row) };
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return new WriteResult(WriteOutcome.KeyInFlight);
        }
    }

    private static async Task TouchAsync(NpgsqlConnection connection, IdempotencyClaim claim, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(BatchSql.Touch, connection);
        command.Parameters.AddRange((NpgsqlParameter[])[new("credential", claim.CredentialId), new("key", claim.Key)]);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static StoredResponse ReadResponse(DbDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new StoredResponse(row.GetInt16(1), row.GetFieldValue<byte[]>(4), GetPath(Text(2)), Text(3));
    }

    /// <summary>The path of a stored location, which was an absolute URL in earlier versions of the server.</summary>
    private static string? GetPath(string? location) =>
        Uri.TryCreate(location, UriKind.Absolute, out var url) && !url.IsFile ? url.AbsolutePath : location;

    private static async Task StoreResponseAsync(NpgsqlConnection connection, IdempotencyClaim claim, StoredResponse response, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(BatchSql.Keep, connection);
        command.Parameters.AddRange((NpgsqlParameter[])
        [
            new("credential", claim.CredentialId), new("key", claim.Key), new("status", (short)response.Status), new("body", NpgsqlDbType.Bytea) { Value = response.Body },
            new("location", NpgsqlDbType.Text) { Value = response.Location ?? (object)DBNull.Value }, new("tag", NpgsqlDbType.Text) { Value = response.EntityTag ?? (object)DBNull.Value },
        ]);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Finds the batches whose code is taken, as far as the caller may see the batches that have it: one array must not test a thousand
    /// codes of hidden batches.</summary>
    private async Task<WriteResult> ReportTakenCodesAsync(int account, Condition policy, IReadOnlyList<Batch> batches, CancellationToken cancellation)
    {
        var seesAll = policy == Condition.Always;
        var taken = seesAll && batches.Count == 1 ? [0] : await FindTakenCodesAsync(account, policy, batches, cancellation);
        return new WriteResult(seesAll || taken.Count > 0 ? WriteOutcome.CodeTaken : WriteOutcome.HiddenCodeTaken) { RejectedIndexes = taken };
    }

    /// <summary>The places of those batches whose code a batch of the account has that meets the policy.</summary>
    private async Task<IReadOnlyList<int>> FindTakenCodesAsync(int account, Condition policy, IReadOnlyList<Batch> batches, CancellationToken cancellation)
    {
        var visible = selections.Get(account, deleted: false, policy);
        var statement = BatchSql.TakenCodes(visible);
        await using var lease = await connections.OpenAsync(account, cancellation);
        await using var command = new NpgsqlCommand(statement.Sql, lease.Connection);
        command.Parameters.AddRange(statement.BindParameters([.. visible.Parameters, new("codes", batches.Select(batch => batch.BatchCode).ToArray())]));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            taken.Add(row.GetString(0));
        return [.. batches.Index().Where(batch => taken.Contains(batch.Item.BatchCode)).Select(batch => batch.Index)];
    }

    /// <summary>The fields in which the batch differs from the newest of the versions that the client expects and that there has been.</summary>
    private async Task<IReadOnlyList<string>> FindChangedFieldsAsync(BatchTarget target, int version, CancellationToken cancellation)
    {
        var since = target.Versions!.Where(expected => expected < version).DefaultIfEmpty(version).Max();
        await using var lease = await connections.OpenAsync(target.AccountId, cancellation);
        await using var command = new NpgsqlCommand(BatchSql.ChangedSince, lease.Connection);
        command.Parameters.AddRange((NpgsqlParameter[])[new("account", target.AccountId), new("id", target.Id), new("since", since)]);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var changed = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            changed.Add(row.GetString(0));
        return [.. BatchFields.All.Select(field => field.Name).Where(changed.Contains)];
    }

    private static NpgsqlParameter[] Parameters(Actor actor) =>
        [new("actorKind", actor.Kind), new("actorId", actor.Id), new("actorName", actor.Name)];

    private static NpgsqlParameter Parameter(Field field, Batch values) => new(field.Name, BatchRowReader.GetDbType(field)) { Value = field.Get(values) ?? DBNull.Value };

    private static NpgsqlParameter Parameter(Field field, IReadOnlyList<Batch> batches)
    {
        var values = batches.Select(field.Get);
        return new NpgsqlParameter(field.Name, NpgsqlDbType.Array | (field.Kind == FieldKind.TextList ? NpgsqlDbType.Text : BatchRowReader.GetDbType(field)))
        {
            Value = field.Kind switch
            {
                FieldKind.Text => values.Cast<string?>().ToArray(),
                FieldKind.DateTime => values.Cast<DateTime?>().ToArray(),
                FieldKind.Boolean => values.Cast<bool>().ToArray(),
                FieldKind.Integer => values.Cast<int?>().ToArray(),
                _ => values.Select(items => PostgresArrayLiteral.Create((string[])items!)).ToArray(),
            },
        };
    }
}
