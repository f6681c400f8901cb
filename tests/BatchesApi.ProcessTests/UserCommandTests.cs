namespace BatchesApi.ProcessTests;

/// <summary>The <c>users</c> command.</summary>
public sealed class UserCommandTests(Databases databases)
{
    [Fact]
    public async Task A_user_that_cannot_be_created_is_reported_with_a_reason()
    {
        var database = await databases.CreateWithAccountsAsync();
        Assert.Equal(0, (await CreateUserAsync(database, "12345678", "amy@example.com")).ExitCode);

        foreach (var (password, email, reason) in ((string, string, string)[])
            [
                ("", "bob@example.com", "it has 0."), ("1234567", "bob@example.com", "it has 7."),
                (new string('x', 257), "bob@example.com", "it has 257."),
                ("12345678", "AMY@example.com", "There is already a user 'AMY@example.com'."),
            ])
        {
            var (exitCode, output, errors) = await CreateUserAsync(database, password, email);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.Contains(reason, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("1234567", errors, StringComparison.Ordinal);
        }
        await CommandLine.FailsAsync(1, "no user 'bob@example.com'", database, "users", "disable", "bob@example.com");
        await CommandLine.FailsAsync(1, "no account 'nobody'", database, "users", "list", "--account", "nobody");
    }

    private static Task<(int ExitCode, string Output, string Errors)> CreateUserAsync(string database, string password, string email) =>
        BatchesProcess.RunWithInputAsync(database, password, "users", "create", "--account", "acme", "--email", email);
}
