using System.Data.Common;
using System.Globalization;
using System.Threading.RateLimiting;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>An idempotency key that a write claims (specification, section 2).</summary>
/// <param name="AccountId">The account of the credential.</param>
/// <param name="CredentialId">The credential of the request.</param>
/// <param name="Key">The key.</param>
/// <param name="RequestHash">The SHA-256 of the request's method, path, query and body.</param>
/// <param name="CreateResponse">Creates the response to a write that was done.</param>
internal sealed record IdempotencyClaim(
    int AccountId, string CredentialId, string Key, byte[] RequestHash, Func<WriteResult, StoredResponse> CreateResponse)
{
    /// <summary>How long a request waits for another one with the same key.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);
}

/// <summary>Stores idempotency keys and the responses to their requests, in the transactions of the writes.</summary>
internal sealed class IdempotencyStore(TimeProvider clock) : IDisposable
{
    /// <summary>Maximum time to wait for a claimed key, in seconds. The database stops waiting earlier.</summary>
    private const int ClaimTimeoutSeconds = 10;

    private readonly PartitionedRateLimiter<IdempotencyClaim> _turns =
        PartitionedLimiters.CreateOnePerKey<IdempotencyClaim, (int, string, string)>(
            claim => (claim.AccountId, claim.CredentialId, claim.Key), queueLimit: int.MaxValue);

    /// <summary>Waits for earlier requests of this server with the same key, so that only one of them has a connection.</summary>
    /// <returns>The turn, which ends when it is disposed; null if the wait was too long.</returns>
    public ValueTask<RateLimitLease?> WaitForTurnAsync(IdempotencyClaim claim, CancellationToken cancellation) =>
        _turns.AcquireWithinAsync(claim, IdempotencyClaim.MaxWait, clock, cancellation);

    /// <summary>Claims a key. If another transaction has claimed it, waits until that transaction ends.</summary>
    /// <param name="connection">A connection with a transaction.</param>
    /// <param name="claim">The key.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="cancellation">Cancels the claim.</param>
    /// <returns>The result of the write if it must not be done; null if it must.</returns>
    public async Task<WriteResult?> ClaimAsync(
        NpgsqlConnection connection, IdempotencyClaim claim, TimeSpan wait, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        var lockTimeout = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)wait.TotalMilliseconds)}ms");
        await using var batch = connection.CreateBatch();
        batch.Timeout = ClaimTimeoutSeconds;
        batch.Add($"SELECT set_config('lock_timeout', {lockTimeout}, true)");
        batch.Add($"DELETE FROM idempotency_keys WHERE {IsKey(claim)} AND created_at < {now - IdempotencyRecord.Lifetime}");
        batch.Add(
            $"""
            INSERT INTO idempotency_keys (account_id, credential_id, key, request_hash, created_at)
            VALUES ({claim.AccountId}, {claim.CredentialId}, {claim.Key}, {claim.RequestHash}, {now}) ON CONFLICT DO NOTHING
            """);
        batch.Add($"SELECT request_hash, status, location, entity_tag, body FROM idempotency_keys WHERE {IsKey(claim)}");

        // The write itself waits for locks as long as any other.
        batch.Add($"SELECT set_config('lock_timeout', '0', true)");
        try
        {
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            await row.NextResultAsync(cancellation);

            // An existing key may have expired and been deleted between two of the statements.
            if (!await row.ReadAsync(cancellation))
                return new WriteResult(WriteOutcome.KeyInFlight);
            var isSame = row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(claim.RequestHash);
            if (!await row.IsDBNullAsync(1, cancellation))
                return new WriteResult(isSame ? WriteOutcome.Replayed : WriteOutcome.KeyReused) { StoredResponse = ReadResponse(row) };
            return isSame ? null : new WriteResult(WriteOutcome.KeyReused);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return new WriteResult(WriteOutcome.KeyInFlight);
        }
    }

    /// <summary>Locks the record of a key. It changes nothing, but makes the transaction write a commit record.</summary>
    /// <returns>The id of the transaction; null if another one has deleted the record.</returns>
    public static async Task<ulong?> LockAsync(NpgsqlConnection connection, IdempotencyClaim claim, CancellationToken cancellation)
    {
        await using var command = connection.Command(
            $"SELECT pg_current_xact_id() FROM idempotency_keys WHERE {IsKey(claim)} FOR UPDATE");
        return (ulong?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Stores the response to the request that claimed a key.</summary>
    public static async Task SaveResponseAsync(
        NpgsqlConnection connection, IdempotencyClaim claim, StoredResponse response, CancellationToken cancellation)
    {
        var status = new SqlValue((short)response.Status, NpgsqlDbType.Smallint);
        await using var command = connection.Command(
            $"""
            UPDATE idempotency_keys
            SET status = {status}, location = {response.Location}, entity_tag = {response.EntityTag}, body = {response.Body}
            WHERE {IsKey(claim)}
            """);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private static Sql IsKey(IdempotencyClaim claim) =>
        $"account_id = {claim.AccountId} AND credential_id = {claim.CredentialId} AND key = {claim.Key}";

    private static StoredResponse ReadResponse(DbDataReader row)
    {
        string? GetText(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new StoredResponse(row.GetInt16(1), row.GetFieldValue<byte[]>(4), GetPath(GetText(2)), GetText(3));
    }

    /// <summary>The path of a stored location. Earlier versions of the server stored the absolute URL.</summary>
    private static string? GetPath(string? location) =>
        Uri.TryCreate(location, UriKind.Absolute, out var url) && !url.IsFile ? url.AbsolutePath : location;
}
