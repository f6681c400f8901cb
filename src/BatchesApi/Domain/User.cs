namespace BatchesApi.Domain;

/// <summary>A person who signs in with an e-mail address and a password (specification, section 6.3).</summary>
internal sealed class User
{
    /// <summary>In UTF-16 code units (RFC 5321, section 4.5.3.1.3, allows 254).</summary>
    public const int MaxEmailLength = 254;

    /// <summary>In UTF-16 code units (NIST SP 800-63B, section 5.1.1.2).</summary>
    public const int MinPasswordLength = 8;

    /// <summary>In UTF-16 code units. Limits the work of hashing, which an attacker could otherwise choose.</summary>
    public const int MaxPasswordLength = 256;

    /// <summary>See <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    public int AccountId { get; set; }

    /// <summary>In lower case; unique on the server.</summary>
    public string Email { get; set; } = "";

    /// <summary>The hash of the password, with its salt and parameters.</summary>
    public string PasswordHash { get; set; } = "";

    public Scope Scope { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC, or null.</summary>
    public DateTime? DisabledAt { get; set; }
}
