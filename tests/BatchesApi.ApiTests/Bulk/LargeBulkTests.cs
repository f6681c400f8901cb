namespace BatchesApi.ApiTests.Bulk;

/// <summary>Bulk writes of as many batches as are permitted, which PostgreSQL has not analyzed yet. A plan whose time grows with the square
/// of their number exceeds the time limit. The database is separate, because an insert may have to merge long texts of other tests into an
/// index, which takes seconds.</summary>
public sealed class LargeBulkTests(ApiServer server)
{
    private const int Count = 10_000;

    [Fact]
    public async Task Ten_thousand_new_batches_are_changed_and_undone_in_time()
    {
        await using var separate = await SeparateServer.StartAsync(server);
        using var client = separate.CreateClient((await separate.CreateAccountAsync("acme")).Key);
        for (var i = 0; i < Count; i += 1_000)
        {
            var items = Enumerable.Range(i, 1_000).Select(number => Http.Batch($"B-{number}"));
            await client.SendAsync("POST", $"{Http.Batches}/bulk/create", $"[{string.Join(',', items)}]").JsonAsync();
        }
        var changeId = await ChangeAsync(
            client,
            "update",
            """{"where":{"batchType":"renewal"},"expect":10000,"set":{"notes":"x","leadIds":{"add":["x"]}}}""");
        await ChangeAsync(client, $"{changeId}/undo");
        changeId = await ChangeAsync(client, "delete", """{"where":{"batchType":"renewal"}}""");
        await ChangeAsync(client, $"{changeId}/undo");
    }

    private static async Task<string> ChangeAsync(HttpClient client, string route, string? body = null)
    {
        var result = await client.SendAsync("POST", $"{Http.Batches}/bulk/{route}", body).JsonAsync();
        Assert.Equal((Count, Count), ((int)result["matched"]!, (int)result["changed"]!));
        return (string)result["changeId"]!;
    }
}
