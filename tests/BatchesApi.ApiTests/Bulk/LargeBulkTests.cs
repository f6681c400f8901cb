using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Bulk writes of as many batches as are permitted, which PostgreSQL has not analyzed yet. A plan whose time grows with the square
/// of their number exceeds the time limit.</summary>
public sealed class LargeBulkTests(ApiServer server) : AccountTest(server)
{
    private const int Count = 10_000;

    [Fact]
    public async Task Ten_thousand_new_batches_are_changed_and_undone_in_time()
    {
        for (var i = 0; i < Count; i += 1_000)
        {
            var items = Enumerable.Range(i, 1_000).Select(number => Http.Batch($"B-{number}"));
            await Client.SendAsync("POST", $"{Http.Batches}/bulk/create", $"[{string.Join(',', items)}]").JsonAsync();
        }
        var changeId = await ChangeAsync(
            "update", """{"where":{"batchType":"renewal"},"expect":10000,"set":{"notes":"x","leadIds":{"add":["x"]}}}""");
        await ChangeAsync($"{changeId}/undo");
        changeId = await ChangeAsync("delete", """{"where":{"batchType":"renewal"}}""");
        await ChangeAsync($"{changeId}/undo");
    }

    private async Task<string> ChangeAsync(string route, string? body = null)
    {
        var result = await Client.SendAsync("POST", $"{Http.Batches}/bulk/{route}", body).JsonAsync();
        Assert.Equal((Count, Count), ((int)result["matched"]!, (int)result["changed"]!));
        return (string)result["changeId"]!;
    }
}
