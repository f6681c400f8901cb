using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;
using Npgsql;

namespace BatchesApi.ApiTests.Leases;

/// <summary>A test of leases with an empty account.</summary>
public abstract class LeaseTest(ApiServer server) : AccountTest(server)
{
    /// <summary>The address of claims.</summary>
    protected const string Claims = Http.Batches + "/claim";

    /// <summary>Claims batches and returns them.</summary>
    protected static async Task<JsonObject[]> ClaimAsync(HttpClient client, string? body = null) =>
        [.. (await client.SendAsync("POST", Claims, body).JsonAsync())["data"]!.AsArray().Select(batch => batch!.AsObject())];

    /// <summary>Claims batches with the client of the test.</summary>
    protected Task<JsonObject[]> ClaimAsync(string? body = null) => ClaimAsync(Client, body);

    /// <summary>The token of a claimed batch.</summary>
    protected static string Token(JsonNode claimed) => (string)claimed["lease"]!["token"]!;

    /// <summary>Sends a write under a lease.</summary>
    protected static Task<HttpResponseMessage> SendLeasedAsync(
        HttpClient client, string method, string address, string token, string? body = null) =>
        client.SendAsync(method, address, body, headers: ("Batch-Lease", token));

    /// <summary>Lets all leases of the account end, as if their time had passed.</summary>
    protected async Task EndLeasesAsync()
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand(
            $"UPDATE batch_leases SET until = now() WHERE account_id = {await Server.AccountIdAsync(Account)}");
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Runs SQL and returns its scalar result.</summary>
    protected async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
