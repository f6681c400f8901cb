namespace BatchesApi.ProcessTests;

/// <summary>Error messages of commands that fail.</summary>
public sealed class FailureTests(Databases databases)
{
    [Fact]
    public async Task A_command_that_fails_exits_with_1_and_a_reason()
    {
        await CommandLine.FailsAsync(1, "migrate", await databases.CreateAsync(), "accounts", "list");

        var database = await databases.CreateWithAccountsAsync();
        await CommandLine.FailsAsync(1, "already", database, "accounts", "create", "--name", "acme");
        await CommandLine.FailsAsync(1, "no account 'nobody'", database, "keys", "create", "--account", "nobody", "--name", "x");
        await CommandLine.FailsAsync(1, "no account 'nobody'", database, "keys", "list", "--account", "nobody");
        await CommandLine.FailsAsync(1, "no key", database, "keys", "revoke", "63a5b84c53e1218321c55572");
        await CommandLine.FailsAsync(1, "Database error: ", "Host=127.0.0.1;Port=1;Username=x", "accounts", "list");
        await CommandLine.FailsAsync(1, "ConnectionStrings__Batches: not set", null, "accounts", "list");
    }
}
