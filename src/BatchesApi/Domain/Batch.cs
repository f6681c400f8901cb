namespace BatchesApi.Domain;

/// <summary>A packet of leads and opportunities, given to a manager and an assignee with a due date (specification, section 1).</summary>
/// <remarks>The row as it is stored. What a client sees of it, and by which rules it may be changed, says <see cref="BatchFields"/>.</remarks>
internal sealed class Batch
{
    /// <summary>24 lowercase hexadecimal digits, see <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    /// <summary>The tenant that the batch belongs to. Never leaves the server.</summary>
    public int AccountId { get; set; }

    /// <summary>1 to 64 code points, not blank; unique in the account among batches that are not deleted.</summary>
    public string BatchCode { get; set; } = "";

    /// <summary>1 to 64 code points.</summary>
    public string BatchType { get; set; } = "";

    /// <summary>At most 200 code points.</summary>
    public string? Manager { get; set; }

    /// <summary>At most 200 code points.</summary>
    public string? Assignee { get; set; }

    /// <summary>An instant in UTC, to the microsecond.</summary>
    public DateTime? DueDate { get; set; }

    /// <summary>Whether the batch recurs.</summary>
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

    /// <summary>When the batch was created, UTC, to the microsecond.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When a value last changed, or the batch was deleted or restored; UTC, to the microsecond.</summary>
    public DateTime UpdatedAt { get; set; }

    /// <summary>When the batch was deleted; null while it lives.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>1 on creation, one more with every change.</summary>
    public int Version { get; set; }
}
