namespace BatchesApi.Domain;

/// <summary>The types of the events of webhooks.</summary>
internal static class WebhookEvents
{
    public const string Created = "batch.created";
    public const string Updated = "batch.updated";
    public const string Deleted = "batch.deleted";
    public const string Restored = "batch.restored";

    /// <summary>Sent by request only. It has no batch.</summary>
    public const string Test = "webhook.test";

    /// <summary>The types that a webhook can subscribe to.</summary>
    public static IReadOnlyList<string> All { get; } = [Created, Updated, Deleted, Restored];

    /// <summary>The type of the event of a change, or null for a change that is not sent.</summary>
    public static string? FromAction(string action) => action switch
    {
        BatchChange.Create => Created,
        BatchChange.Update => Updated,
        BatchChange.Delete => Deleted,
        BatchChange.Restore => Restored,
        _ => null,
    };
}
