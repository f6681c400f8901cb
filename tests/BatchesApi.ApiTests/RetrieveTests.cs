using System.Net;

namespace BatchesApi.ApiTests;

public sealed class RetrieveTests(ApiServer server)
{
    [Fact]
    public async Task A_batch_comes_back_as_it_was_created()
    {
        using var client = await server.CreateClientAsync();
        var created = await client.CreateAsync("""{"batchCode":"B-1","batchType":"renewal","leadIds":["b","a"],"rating":4}""");

        var retrieved = await client.SendAsync("GET", $"{Http.Batches}/{created["id"]}").JsonAsync();

        Assert.Equal(created.ToJsonString(), retrieved.ToJsonString());
    }

    [Theory]
    [InlineData("63a5b84c53e1218321c55572")]
    [InlineData("63A5B84C53E1218321C55572")]
    [InlineData("63a5b84c53e1218321c5557")]
    [InlineData("nonsense")]
    [InlineData("%F0%9F%98%80")]
    public async Task An_id_that_leads_nowhere_is_404(string id)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("GET", $"{Http.Batches}/{id}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }
}
