#if DEV_SERVER
using BatchesApi.Access;
using BatchesApi.DevServer;
using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>The key that the development server prints at startup. It is stored beside the data, readable only by its owner, because the
/// database contains only hashes of keys.</summary>
internal static class DemoKey
{
    public const string AccountName = "demo";

    private const string FileName = "demo-key";

    /// <summary>Returns the stored key if it works; otherwise creates one, with its account.</summary>
    public static async Task<string> GetAsync(string folder, AccountStore accounts, ApiKeyStore keys, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, FileName);
        if (File.Exists(file))
        {
            var stored = (await File.ReadAllTextAsync(file, cancellation)).Trim();
            if (Secret.IsWellFormed(stored) && await keys.IsValidForAsync(stored, AccountName, cancellation))
                return stored;
        }

        var account = await accounts.FindAsync(AccountName, cancellation)
            ?? await accounts.CreateAsync(AccountName, cancellation)
            ?? throw new InvalidOperationException($"The account '{AccountName}' was deleted meanwhile.");
        var created = await keys.CreateAsync(
            account.Id, new NewApiKey("development", Scope.Write), Actor.ForCommand("development server"), cancellation);
        await PrivateFile.WriteAsync(file, created.Value.Secret, cancellation);
        return created.Value.Secret;
    }
}
#endif
