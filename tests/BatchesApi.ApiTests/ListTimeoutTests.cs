using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>Lists that take too long (contract, section 5).</summary>
public sealed class ListTimeoutTests(ApiServer given)
{
    /// <summary>The limit in the connection string, which is for other statements, may be shorter.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_list_is_given_up_when_its_own_time_is_over(int seconds)
    {
        await using var server = await OwnServer.StartAsync(given, "Command Timeout=2", ("Lists:TimeoutSeconds", $"{seconds}"));
        using var client = server.CreateClient((await server.CreateAccountAsync("slow")).Key);
        await client.GetJsonAsync(Http.Batches);

        await using var _ = await server.LockBatchesAsync();
        using var response = await client.SendAsync("GET", $"{Http.Batches}?fields=rating:4");
        var problem = await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
        Assert.StartsWith($"The list was given up after {seconds} s.", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }
}
