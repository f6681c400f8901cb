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

    /// <summary>Conditions on every batch that the user reads or changes, in the language of the parameter <c>p</c>; or null.</summary>
    public string? Policy { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC, or null.</summary>
    public DateTime? DisabledAt { get; set; }

    /// <summary>Whether a text looks like an e-mail address. Catches typing errors; only a message to an address can prove that it
    /// exists.</summary>
    public static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == text.LastIndexOf('@') && at < text.Length - 1 && text.Length <= MaxEmailLength
            && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
    }
}
