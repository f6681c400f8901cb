using System.Globalization;
using System.Security.Cryptography;
using BatchesApi.Domain;
using Microsoft.AspNetCore.DataProtection;

namespace BatchesApi.Webhooks;

/// <summary>Encrypts the secrets of webhooks for the database, if the server has a folder for keys. The prefix of a stored secret says
/// whether it is encrypted, so both kinds can be read.</summary>
internal sealed class WebhookSecretProtector(WebhookOptions options)
{
    private const string EncryptedPrefix = "encrypted:";

    private const string Purpose = "BatchesApi.Webhooks";

    private readonly IDataProtectionProvider? _provider = options.KeyFolder is null
        ? null
        : DataProtectionProvider.Create(new DirectoryInfo(options.KeyFolder), builder => builder.SetApplicationName("BatchesApi"));

    /// <summary>The secret as it is stored. An encrypted one can be read for the same webhook only.</summary>
    public string Protect(Webhook webhook, string secret) => GetProtector(webhook) is { } protector
        ? EncryptedPrefix + protector.Protect(secret)
        : secret;

    /// <returns>The secret, or null if this server cannot decrypt it.</returns>
    public string? TryUnprotect(Webhook webhook, string stored)
    {
        if (!stored.StartsWith(EncryptedPrefix, StringComparison.Ordinal))
            return stored;
        try
        {
            return GetProtector(webhook)?.Unprotect(stored[EncryptedPrefix.Length..]);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector? GetProtector(Webhook webhook) =>
        _provider?.CreateProtector(Purpose, webhook.AccountId.ToString(CultureInfo.InvariantCulture), webhook.Id);
}
