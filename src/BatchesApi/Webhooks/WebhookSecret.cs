using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Webhooks;

/// <summary>The secret that signs the requests of a webhook (Standard Webhooks).</summary>
internal static class WebhookSecret
{
    public const string Prefix = "whsec_";

    private const int Bytes = 32;

    /// <summary>A new secret, as the client gets it.</summary>
    public static string Create() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    /// <param name="secrets">The secrets that sign, the current one first.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>.</param>
    /// <param name="body">The body.</param>
    public static string Sign(IEnumerable<string> secrets, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        return string.Join(' ', secrets.Select(secret =>
            $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), content))}"));
    }
}
