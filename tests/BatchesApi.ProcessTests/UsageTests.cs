namespace BatchesApi.ProcessTests;

/// <summary>Invalid command lines.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("nonsense")]
    [InlineData("accounts")]
    [InlineData("accounts create")]
    [InlineData("accounts create --name")]
    [InlineData("accounts list surplus")]
    [InlineData("keys create --account acme")]
    [InlineData("keys create --account acme --name x --scope owner")]
    [InlineData("keys create --account acme --name x --scope admin --policy {\"assignee\":\"amy\"}")]
    [InlineData("keys create --account acme --name x --expires-in 90")]
    [InlineData("keys create --account acme --name x --expires-in -1d")]
    [InlineData("keys create --account acme --name x --expires-in 0d")]
    [InlineData("keys create --account acme --name x --expires-in 99999999d")]
    [InlineData("keys revoke")]
    [InlineData("keys create --account acme --name x --policy {\"asignee\":\"amy\"}")]
    [InlineData("keys create --account acme --name x --policy amy")]
    [InlineData("users")]
    [InlineData("users create --account acme")]
    [InlineData("users create --account acme --email amy")]
    [InlineData("users create --account acme --email amy@example.com --scope owner")]
    [InlineData("users list")]
    [InlineData("users disable")]
    [InlineData("import")]
    [InlineData("import --account acme one two")]
    [InlineData("export --account acme file")]
    [InlineData("purge --older-than yesterday")]
    [InlineData("ready now")]
    [InlineData("migrate --force")]
    [InlineData("--migrate")]
    [InlineData("accounts create --name @/etc/hostname surplus")]
    public async Task Invalid_arguments_exit_with_2_and_leave_standard_output_empty(string arguments) =>
        await CommandLine.FailsAsync(2, "--help", "Host=127.0.0.1;Port=1", arguments.Split(' '));
}
