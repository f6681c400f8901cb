using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Access;

/// <summary>Identifies a policy as a caller has it. The history of a removed batch keeps the digests of the policies that permitted the
/// batch, because nothing else of the batch remains.</summary>
internal static class PolicyDigest
{
    private const int Length = 16;

    /// <param name="policy">The policy as JSON.</param>
    /// <param name="name">The name of the caller, which matters only if the policy has <c>$me</c>.</param>
    public static string Create(string policy, string name)
    {
        // The JSON may contain $me escaped.
        var hasName = policy.Contains("$me", StringComparison.Ordinal) || policy.Contains('\\', StringComparison.Ordinal);
        var text = hasName ? $"{policy}\n{name}" : policy;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Length];
    }
}
