namespace BatchesApi.Domain;

/// <summary>A person who signs in with an e-mail address and a password (specification, section 6).</summary>
internal sealed class User
{
    /// <summary>Longest e-mail address, in UTF-16 units (RFC 5321, section 4.5.3.1.3, allows 254).</summary>
    public const int MaxEmailLength = 254;

    /// <summary>Shortest password, in UTF-16 units (NIST SP 800-63B, section 5.1.1.2).</summary>
    public const int MinPasswordLength = 8;

    /// <summary>Longest password, in UTF-16 units; hashing a longer one is work that an attacker chooses.</summary>
    public const int MaxPasswordLength = 256;

    /// <summary>An <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    /// <summary>The account that the user works in.</summary>
    public int AccountId { get; set; }

    /// <summary>The e-mail address, unique on the server whatever its case; in lower case.</summary>
    public string Email { get; set; } = "";

    /// <summary>The password's hash, with its salt and parameters.</summary>
    public string PasswordHash { get; set; } = "";

    /// <summary>What the user may do.</summary>
    public Scope Scope { get; set; }

    /// <summary>When the user was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When the user was disabled, UTC; null while it is not.</summary>
    public DateTime? DisabledAt { get; set; }
}
