namespace BatchesApi.Domain;

/// <summary>A set of leads and opportunities, assigned to a manager and an assignee with a due date (specification, section 1.1).</summary>
/// <remarks>The row as stored. <see cref="BatchFields"/> describes how clients see and change it.</remarks>
internal sealed class Batch
{
    /// <summary>24 lowercase hexadecimal digits, see <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    /// <summary>Never leaves the server.</summary>
    public int AccountId { get; set; }

    /// <summary>1 to 64 code points, not blank. Unique among the active batches of the account.</summary>
    public string BatchCode { get; set; } = "";

    /// <summary>1 to 64 code points.</summary>
    public string BatchType { get; set; } = "";

    /// <summary>At most 200 code points.</summary>
    public string? Manager { get; set; }

    /// <summary>At most 200 code points.</summary>
    public string? Assignee { get; set; }

    /// <summary>An instant in UTC, to the microsecond.</summary>
    public DateTime? DueDate { get; set; }

    public bool Repeated { get; set; }

    /// <summary>At most 500 code points.</summary>
    public string? Summary { get; set; }

    /// <summary>At most 10,000 code points.</summary>
    public string? Notes { get; set; }

    /// <summary>At most 1,000 ids of 1 to 64 code points each, in the client's order.</summary>
    public string[] LeadIds { get; set; } = [];

    /// <summary>At most 1,000 ids of 1 to 64 code points each, in the client's order.</summary>
    public string[] OpportunityIds { get; set; } = [];

    /// <summary>0 to 5.</summary>
    public int? Rating { get; set; }

    /// <summary>UTC, to the microsecond.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>The time of the last change, deletion or restoration; UTC, to the microsecond.</summary>
    public DateTime UpdatedAt { get; set; }

    /// <summary>UTC, to the microsecond; null for an active batch.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>1 on creation, incremented by every change.</summary>
    public int Version { get; set; }

    public Batch Copy() => (Batch)MemberwiseClone();
}
