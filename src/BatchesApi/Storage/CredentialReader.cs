using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Finds API keys and access tokens by their hash.</summary>
internal sealed class CredentialReader(NpgsqlDataSource source)
{
    /// <summary>Returns the credential, which may have expired, or null if the hash is unknown, the credential revoked or its user
    /// disabled.</summary>
    public async Task<StoredCredential?> FindAsync(byte[] hash, CancellationToken cancellation)
    {
        await using var connection = await source.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
        await using var command = connection.Command(
            $"""
            SELECT k.id, k.account_id, a.name, k.name, k.scope, CASE WHEN u.id IS NULL THEN k.policy ELSE u.policy END,
                CASE WHEN k.hash = {hash} THEN k.expires_at ELSE LEAST(k.expires_at, k.previous_hash_until) END, u.email, u.scope
            FROM api_keys AS k JOIN accounts AS a ON a.id = k.account_id LEFT JOIN users AS u ON u.id = k.user_id
            WHERE (k.hash = {hash} OR k.previous_hash = {hash}) AND k.revoked_at IS NULL AND u.disabled_at IS NULL
            """);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation))
            return null;
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new StoredCredential(
            row.GetString(0),
            row.GetInt32(1),
            row.GetString(2),
            row.GetString(3),
            Scopes.Parse(Text(8) ?? row.GetString(4)),
            Text(5),
            row.IsDBNull(6) ? null : row.GetDateTime(6),
            Text(7));
    }

    /// <summary>Returns the different policies of the keys of an account that are valid and of the users that are enabled. A policy that
    /// may have <c>$me</c> has an entry for each name; others have one entry, with an empty name.</summary>
    public static async Task<IReadOnlyList<(string Policy, string Name)>> FindPoliciesAsync(
        NpgsqlDataSource source, int accountId, DateTime now, CancellationToken cancellation)
    {
        await using var command = source.Command(
            $"""
            SELECT k.policy, {NameFor("k.policy", "k.name")} FROM api_keys AS k
            WHERE k.account_id = {accountId} AND k.user_id IS NULL AND k.policy IS NOT NULL AND k.revoked_at IS NULL
                AND (k.expires_at IS NULL OR k.expires_at > {now})
            UNION SELECT u.policy, {NameFor("u.policy", "u.email")} FROM users AS u
            WHERE u.account_id = {accountId} AND u.policy IS NOT NULL AND u.disabled_at IS NULL
            """);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var policies = new List<(string, string)>();
        while (await row.ReadAsync(cancellation))
            policies.Add((row.GetString(0), row.GetString(1)));
        return policies;
    }

    /// <summary>The name of a credential if its policy may have <c>$me</c>, which may be escaped in the JSON.</summary>
    private static Sql NameFor(string policy, string name) =>
        Sql.Raw($"CASE WHEN {policy} LIKE '%$me%' OR strpos({policy}, '\\') > 0 THEN {name} ELSE '' END");
}

/// <summary>An API key or access token in the database.</summary>
/// <param name="Id">The id of the credential.</param>
/// <param name="AccountId">The id of its account.</param>
/// <param name="AccountName">The name of its account.</param>
/// <param name="Name">The name of the credential.</param>
/// <param name="Scope">The scope of the user for an access token, otherwise that of the key.</param>
/// <param name="Policy">The policy as JSON, or null.</param>
/// <param name="ExpiresAt">The time of expiry, UTC, or null. A secret from before a rotation expires earlier.</param>
/// <param name="Email">The e-mail address of the user for an access token, otherwise null.</param>
internal sealed record StoredCredential(
    string Id, int AccountId, string AccountName, string Name, Scope Scope, string? Policy, DateTime? ExpiresAt, string? Email);
