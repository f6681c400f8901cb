using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ApiTests;

/// <summary>Accounts are isolated from each other (specification, section 6).</summary>
public sealed partial class TenantTests(ApiServer server)
{
    [Theory]
    [MemberData(nameof(TestRoutes.OfOneBatch), MemberType = typeof(TestRoutes))]
    public async Task An_id_of_another_account_behaves_like_an_unknown_one(string method, string path)
    {
        using var owner = await server.CreateClientAsync();
        using var stranger = await server.CreateClientAsync();
        string[] ids = [await owner.CreateIdAsync("B-1"), await owner.CreateDeletedIdAsync("B-2")];
        var before = await GetAllBatchesAsync(owner);

        var unknown = await GetResponseAsync(stranger, method, path, TestRoutes.UnknownId);
        foreach (var id in ids)
            Assert.Equal(unknown, await GetResponseAsync(stranger, method, path, id));

        Assert.StartsWith("NotFound", unknown, StringComparison.Ordinal);
        Assert.Equal(before, await GetAllBatchesAsync(owner));
    }

    [Fact]
    public async Task Lists_and_counts_contain_only_batches_of_the_account()
    {
        using var one = await server.CreateClientAsync();
        using var other = await server.CreateClientAsync();
        var active = await one.CreateIdAsync("B-1");
        var deleted = await one.CreateDeletedIdAsync("B-2");
        string[] others = [await other.CreateIdAsync("B-3"), await other.CreateIdAsync("B-4"), await other.CreateDeletedIdAsync("B-5")];

        foreach (var query in (string[])["", "?count=exact", "?sortBy=batchCode&order=asc&limit=1", "?fields=batchCode", "?count=none"])
        {
            foreach (var (path, own) in ((string, string)[])[(Http.Batches, active), (Http.Deleted, deleted)])
            {
                var page = await one.GetJsonAsync(path + query);
                Assert.Equal(own, Assert.Single(page["data"]!.AsArray())!.Id());
                if (query != "?count=none")
                    Assert.Equal((1, 1), ((int)page["total"]!, (int)page["pages"]!));
                Assert.All(others, id => Assert.DoesNotContain(id, page.ToJsonString(), StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Codes_conflict_only_within_an_account()
    {
        using var one = await server.CreateClientAsync();
        using var other = await server.CreateClientAsync();
        await one.CreateIdAsync("B-1");
        var id = await other.CreateDeletedIdAsync("B-1");

        await other.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();
        await other.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"batchCode":"B-2"}""").JsonAsync();
        await other.SendAsync("PUT", $"{Http.Batches}/{id}", Http.Batch("B-1")).JsonAsync();
    }

    private static async Task<string> GetResponseAsync(HttpClient client, string method, string path, string id)
    {
        using var response = await client.SendToAsync(method, path, id);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = response.Headers.Concat(response.Content.Headers).Where(h => h.Key is not ("Date" or "Request-Id"))
            .Select(h => $"{h.Key}: {string.Join(',', h.Value)}");
        return OwnToRequest().Replace(
            $"{response.StatusCode}\n{string.Join('\n', headers)}\n{text}".Replace(id, "{id}", StringComparison.Ordinal), "");
    }

    private static async Task<string> GetAllBatchesAsync(HttpClient client) =>
        new JsonArray([.. await Task.WhenAll(client.GetJsonAsync(Http.Batches), client.GetJsonAsync(Http.Deleted))]).ToJsonString();

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex OwnToRequest();
}
