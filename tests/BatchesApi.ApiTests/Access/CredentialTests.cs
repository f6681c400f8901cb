namespace BatchesApi.ApiTests.Access;

/// <summary>The credential endpoint <c>/keys/me</c> (specification, section 6).</summary>
public sealed class CredentialTests(ApiServer server)
{
    private const string Me = "/api/v2/keys/me";

    [Fact]
    public async Task The_endpoint_keys_me_describes_a_key()
    {
        var account = ApiServer.NewAccountName();
        const string Policy = """{"assignee":"amy","$or":[{"rating":1},{"rating":null}]}""";
        var (_, secret) = await server.CreateKeyAsync("read", account, TimeSpan.FromDays(1), Policy);
        using var client = server.CreateClient(secret);

        var me = await client.GetJsonAsync(Me);

        Assert.Equal(["id", "account", "kind", "name", "scope", "policy", "expiresAt", "limits"], me.Select(member => member.Key));
        Assert.Equal(
            (account, "key", "test", "read"), ((string?)me["account"], (string?)me["kind"], (string?)me["name"], (string?)me["scope"]));
        Assert.Equal(Policy, me["policy"]!.ToJsonString());
        Assert.InRange(me["expiresAt"]!.GetValue<DateTime>(), DateTime.UtcNow.AddHours(23), DateTime.UtcNow.AddHours(25));
    }

    [Fact]
    public async Task The_endpoint_keys_me_describes_the_user_of_a_token()
    {
        var account = ApiServer.NewAccountName();
        var (email, token) = await server.SignInAsync("read", account);
        using var client = server.CreateClient(token);

        var me = await client.GetJsonAsync(Me);

        Assert.Equal(
            (account, "user", email, "read"), ((string?)me["account"], (string?)me["kind"], (string?)me["name"], (string?)me["scope"]));
        Assert.Null(me["policy"]);
        Assert.InRange(me["expiresAt"]!.GetValue<DateTime>(), DateTime.UtcNow.AddHours(23), DateTime.UtcNow.AddHours(25));
    }

    [Fact]
    public async Task The_endpoint_keys_me_has_null_for_a_missing_policy_and_expiry()
    {
        using var client = await server.CreateClientAsync();
        var me = await client.GetJsonAsync(Me);
        Assert.True(me.ContainsKey("policy") && me["policy"] is null && me.ContainsKey("expiresAt") && me["expiresAt"] is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_id_of_keys_me_is_the_id_in_histories(bool isUser)
    {
        var (id, secret) = isUser ? (null, (await server.SignInAsync()).Token) : await server.CreateKeyAsync();
        using var client = server.CreateClient(secret);

        var me = await client.GetJsonAsync(Me);
        var history = await client.ListAsync($"{Http.Batches}/{await client.CreateIdAsync()}/history");

        Assert.Equal((string?)history.Single()!["by"]!["id"], (string?)me["id"]);
        Assert.Equal(id ?? (string?)me["id"], (string?)me["id"]);
    }
}
