namespace BatchesApi.Model;

/// <summary>A credential of an account. The secret itself is shown once and not kept (contract, section 6).</summary>
internal sealed class ApiKey
{
    /// <summary>Longest name, in UTF-16 units.</summary>
    public const int NameLimit = 100;

    /// <summary>An <see cref="ObjectId"/>; names the key to the operator and is no secret.</summary>
    public string Id { get; set; } = "";

    /// <summary>The account that the key opens.</summary>
    public int AccountId { get; set; }

    /// <summary>What the operator calls the key, 1 to <see cref="NameLimit"/> characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>The first characters of the secret, enough to recognise it by.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>SHA-256 of the secret, 32 bytes.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>What the key may do.</summary>
    public Scope Scope { get; set; }

    /// <summary>When the key was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>From when on the key is refused, UTC; null for never.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>When the key was revoked, UTC; null while it is not.</summary>
    public DateTime? RevokedAt { get; set; }
}
