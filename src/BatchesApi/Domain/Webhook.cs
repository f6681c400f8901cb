namespace BatchesApi.Domain;

/// <summary>A URL that is called when batches change (specification, section 9.4).</summary>
internal sealed class Webhook
{
    public int AccountId { get; set; }

    /// <summary>See <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>The types of the events that are sent, at least one.</summary>
    public string[] Events { get; set; } = [];

    /// <summary>The condition on the batches, as JSON in the language of the parameter <c>p</c>; null for all.</summary>
    public string? Filter { get; set; }

    /// <summary>Whether events are sent. Changes while it is false are never sent.</summary>
    public bool IsActive { get; set; }

    /// <summary>Why the server set <see cref="IsActive"/> to false; or null.</summary>
    public string? DisabledReason { get; set; }

    /// <summary>The secret that signs requests, as it is stored: encrypted if the server has keys for that.</summary>
    public string Secret { get; set; } = "";

    /// <summary>The secret before the last rotation, as it is stored; or null.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>The time until which <see cref="PreviousSecret"/> signs requests, too, UTC; or null.</summary>
    public DateTime? PreviousSecretUntil { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC.</summary>
    public DateTime UpdatedAt { get; set; }

    /// <summary>The last change that was read for the webhook: its <see cref="BatchChange.Position"/>. The other columns that begin with
    /// <c>Read</c> identify the change among those of the same position.</summary>
    public long ReadPosition { get; set; }

    /// <inheritdoc cref="ReadPosition"/>
    public DateTime ReadAt { get; set; }

    /// <inheritdoc cref="ReadPosition"/>
    public string ReadBatchId { get; set; } = "";

    /// <inheritdoc cref="ReadPosition"/>
    public int ReadVersion { get; set; }

    /// <summary>All changes before this time have been read, UTC.</summary>
    public DateTime ReadUntil { get; set; }

    /// <summary>The positions at which the webhook became inactive and active again, by turns, as far as changes before them have not been
    /// read. The last one is open while the webhook is inactive.</summary>
    public long[] InactivePeriods { get; set; } = [];

    /// <summary>The server that sends the events; null if none does.</summary>
    public Guid? Sender { get; set; }

    /// <summary>The time until which no other server may send the events, UTC by the clock of the database; or null.</summary>
    public DateTime? SenderUntil { get; set; }
}
