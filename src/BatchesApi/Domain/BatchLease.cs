namespace BatchesApi.Domain;

/// <summary>The right of one client to a batch for some time (specification, section 8.5). The clock of the database decides when it
/// ends.</summary>
internal sealed class BatchLease
{
    /// <summary>The name of the member of a batch with its lease.</summary>
    public const string Member = "lease";

    public static readonly TimeSpan MinDuration = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan MaxDuration = TimeSpan.FromDays(1);

    public static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(15);

    public int AccountId { get; set; }

    public string BatchId { get; set; } = "";

    /// <summary>SHA-256 of the token, 32 bytes.</summary>
    public byte[] TokenHash { get; set; } = [];

    /// <summary>The time at which it ends, UTC.</summary>
    public DateTime Until { get; set; }
}
