namespace BatchesApi.Webhooks;

/// <param name="AllowPrivate">Whether to send to addresses that are not public, such as those of the local network.</param>
/// <param name="KeyFolder">The folder of the keys that encrypt secrets in the database; null to store secrets as they are.</param>
internal sealed record WebhookOptions(bool AllowPrivate, string? KeyFolder);
