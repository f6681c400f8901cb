namespace BatchesApi.Domain;

/// <summary>A credential of an account: an API key, or the access token of a user who signed in, which is kept in the same way. The secret itself is
/// shown once and not kept (specification, section 6).</summary>
internal sealed class ApiKey
{
    /// <summary>Longest name, in UTF-16 units.</summary>
    public const int MaxNameLength = 100;

    /// <summary>An <see cref="ObjectIdGenerator"/>; names the key to the operator and is no secret.</summary>
    public string Id { get; set; } = "";

    /// <summary>The account that the key opens.</summary>
    public int AccountId { get; set; }

    /// <summary>The user whose access token it is; null for an API key.</summary>
    public string? UserId { get; set; }

    /// <summary>What the operator calls the key, 1 to <see cref="MaxNameLength"/> characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>The first characters of the secret, enough to recognise it by.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>SHA-256 of the secret, 32 bytes.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>What the key may do.</summary>
    public Scope Scope { get; set; }

    /// <summary>The conditions, as those of the parameter <c>p</c>, on every batch that the key sees or changes; null for none.</summary>
    public string? Policy { get; set; }

    /// <summary>When the key was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>From when on the key is refused, UTC; null for never.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>When the key was last used, UTC, to within a minute; null where it never was.</summary>
    public DateTime? LastUsedAt { get; set; }

    /// <summary>When the key was revoked, UTC; null while it is not.</summary>
    public DateTime? RevokedAt { get; set; }
}
