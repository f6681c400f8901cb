namespace BatchesApi.Domain;

/// <summary>A request with an idempotency key, and its response (specification, section 2.3).</summary>
internal sealed class IdempotencyRecord
{
    /// <summary>In characters.</summary>
    public const int MaxKeyLength = 255;

    /// <summary>The time for which a key is stored.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>The account of the credential.</summary>
    public int AccountId { get; set; }

    /// <summary>The id of the credential that sent the request.</summary>
    public string CredentialId { get; set; } = "";

    public string Key { get; set; } = "";

    /// <summary>The SHA-256 of the request's method, path and body.</summary>
    public byte[] RequestHash { get; set; } = [];

    /// <summary>The time of the request, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>The HTTP status of the response. Null only within the transaction that creates it.</summary>
    public short? Status { get; set; }

    /// <summary>The path of the response's header <c>Location</c>; null if it had none. Earlier versions stored the absolute URL.</summary>
    public string? Location { get; set; }

    /// <summary>The <c>ETag</c> of the response, or null.</summary>
    public string? EntityTag { get; set; }

    /// <summary>The JSON body of the response.</summary>
    public byte[]? Body { get; set; }
}
