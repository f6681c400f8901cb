namespace BatchesApi.ProcessTests;

/// <summary>The verb <c>accounts</c>.</summary>
public sealed class AccountCommandTests(Databases databases)
{
    [Fact]
    public async Task An_account_can_be_made_with_its_first_key()
    {
        var database = await databases.CreateAsync();
        await BatchesProcess.RunAsync(database, "migrate");
        var (exitCode, key) = await CommandLine.ResultAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first");
        Assert.Equal(0, exitCode);
        Assert.Matches("^icr_[A-Za-z0-9_-]{48}$", key);
    }
}
