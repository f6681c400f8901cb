using BatchesApi.Domain;

namespace BatchesApi.Webhooks;

/// <summary>The body of a create or a change of a webhook, validated (specification, section 9.4). Null for members that are
/// absent.</summary>
/// <param name="Url">The URL.</param>
/// <param name="Events">The types of the events.</param>
/// <param name="HasWhere">Whether the body has a condition, or null for none.</param>
/// <param name="Where">The condition as JSON, or null for none.</param>
/// <param name="IsActive">Whether events are sent.</param>
internal sealed record WebhookRequest(string? Url, string[]? Events, bool HasWhere, string? Where, bool? IsActive)
{
    /// <summary>Maximum size of a body in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Maximum number of characters of a URL.</summary>
    public const int MaxUrlLength = 2_048;

    public string[] EventsOrAll => Events ?? [.. WebhookEvents.All];
}
