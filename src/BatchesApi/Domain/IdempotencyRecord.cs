namespace BatchesApi.Domain;

/// <summary>A request that was sent with an idempotency key, and its answer (specification, section 2).</summary>
internal sealed class IdempotencyRecord
{
    /// <summary>Longest key, in characters.</summary>
    public const int MaxKeyLength = 255;

    /// <summary>How long a key is remembered.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>The id of the credential that sent it.</summary>
    public string CredentialId { get; set; } = "";

    /// <summary>The key.</summary>
    public string Key { get; set; } = "";

    /// <summary>The SHA-256 of the request's method, path and body.</summary>
    public byte[] RequestHash { get; set; } = [];

    /// <summary>When it was sent, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>The HTTP status of its answer; null until there is one, which no other transaction ever sees.</summary>
    public short? Status { get; set; }

    /// <summary>The path of the response's header <c>Location</c>; null if it had none. Earlier versions stored the absolute URL.</summary>
    public string? Location { get; set; }

    /// <summary>The answer's header <c>ETag</c>; null where it had none.</summary>
    public string? EntityTag { get; set; }

    /// <summary>The answer's body, JSON.</summary>
    public byte[]? Body { get; set; }
}
