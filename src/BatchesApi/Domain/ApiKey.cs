namespace BatchesApi.Domain;

/// <summary>A credential of an account: an API key, or the access token of a signed-in user. The secret is shown once and not stored
/// (specification, section 6.1).</summary>
internal sealed class ApiKey
{
    /// <summary>In UTF-16 code units.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Identifies the key to the operator. Not secret; see <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    public int AccountId { get; set; }

    /// <summary>The user of the access token; null for an API key.</summary>
    public string? UserId { get; set; }

    /// <summary>1 to <see cref="MaxNameLength"/> characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>The first characters of the secret, enough to recognize it.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>SHA-256 of the secret, 32 bytes.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>SHA-256 of the secret before the last rotation; or null.</summary>
    public byte[]? PreviousHash { get; set; }

    /// <summary>The time from which the secret before the last rotation is rejected, UTC; or null.</summary>
    public DateTime? PreviousHashUntil { get; set; }

    public Scope Scope { get; set; }

    /// <summary>Conditions on every batch that the key reads or changes, in the language of the parameter <c>p</c>; or null.</summary>
    public string? Policy { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>The time from which the key is rejected, UTC; or null.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>The time of the last use, UTC, accurate to a minute; or null.</summary>
    public DateTime? LastUsedAt { get; set; }

    /// <summary>UTC, or null.</summary>
    public DateTime? RevokedAt { get; set; }
}
