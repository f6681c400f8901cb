namespace BatchesApi.Domain;

/// <summary>A part of what the indexes on texts and arrays find a batch by. The parts are separate rows, so that a change writes to these
/// indexes only what it changes.</summary>
internal sealed class BatchSearch
{
    /// <summary>The part with the short texts, which change most often.</summary>
    public const short ShortPart = 1;

    /// <summary>The part with the long texts and the arrays.</summary>
    public const short LongPart = 2;

    public int AccountId { get; set; }

    public string BatchId { get; set; } = "";

    public short Part { get; set; }

    /// <summary>The folded texts; a copy of a column of the batch.</summary>
    public string Text { get; set; } = "";

    /// <summary>The ids of the leads; null in the short part.</summary>
    public string[]? LeadIds { get; set; }

    /// <summary>The ids of the opportunities; null in the short part.</summary>
    public string[]? OpportunityIds { get; set; }
}
