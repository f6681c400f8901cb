#if DEV_SERVER
using BatchesApi.Access;
using BatchesApi.DevServer;
using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>The key that the development server shows at every start. It is kept beside the data, for its owner's eyes only, since the
/// database holds no secret that could be shown.</summary>
internal static class DemoKey
{
    /// <summary>The account that the key opens.</summary>
    public const string AccountName = "demo";

    private const string FileName = "demo-key";

    /// <summary>Returns the stored key if it works; otherwise creates one, with its account.</summary>
    public static async Task<string> GetAsync(string folder, AccountStore accounts, ApiKeyStore keys, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, FileName);
        if (File.Exists(file))
        {
            var kept = (await File.ReadAllTextAsync(file, cancellation)).Trim();
            if (Secret.IsWellFormed(kept) && await keys.IsValidForAsync(kept, AccountName, cancellation))
                return kept;
        }

        var account = await accounts.FindAsync(AccountName, cancellation)
            ?? await accounts.CreateAsync(AccountName, cancellation)
            ?? throw new InvalidOperationException($"The account '{AccountName}' came and went.");
        var (_, secret) = await keys.CreateAsync(account, "development", Scope.Write, policy: null, expiresIn: null, cancellation);
        await PrivateFile.WriteAsync(file, secret, cancellation);
        return secret;
    }
}
#endif
