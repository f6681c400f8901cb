using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Reads a long list by <c>page</c>, and from one end to the other by <c>cursor</c>, in every order (specification, section
/// 3).</summary>
[Collection<InLargeAccount>]
public sealed class PagingTests(LargeAccount large, ManyBatches many) : IClassFixture<ManyBatches>
{
    private static readonly (string SortBy, string Order)[] SeveralKeys =
    [
        ("rating,dueDate", "desc,asc"), ("dueDate,rating", "asc,desc"), ("notes,rating", "desc"), ("notes,manager", "asc,desc"),
        ("batchType,rating", "asc"), ("manager,createdAt", "desc"), ("rating,manager,dueDate", "desc,asc,desc"),
        ("repeated,version,notes", "asc,desc,asc"),
        ("rating,id", "asc,desc"), ("dueDate,batchCode", "desc,asc"),
    ];

    public static IEnumerable<TheoryDataRow<string, string, string>> Orders =>
        from path in (string[])[Http.Batches, Http.Deleted]
        from (string SortBy, string Order) keys in Oracle.Sortable
            .SelectMany(name => (IEnumerable<(string, string)>)[(name, "asc"), (name, "desc")])
            .Concat(path == Http.Batches
                ? SeveralKeys
                : [("deletedAt,rating", "desc,asc"), ("batchCode,dueDate", "asc,desc"), ("summary,notes,deletedAt", "desc")])
        where path == Http.Deleted || keys.SortBy != "deletedAt"
        select new TheoryDataRow<string, string, string>(path, keys.SortBy, keys.Order);

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Pages_have_the_records_at_their_place_in_the_order(string path, string sortBy, string order)
    {
        const int Limit = 1_000;
        var pages = GetOrder(path).Sort(sortBy, order).Chunk(Limit).ToList();
        foreach (var page in (int[])[1, 2, pages.Count / 2, pages.Count - 1, pages.Count])
        {
            var list = $"{path}?sortBy={sortBy}&order={order}&fields=id&count=none&limit={Limit}&page={page}";
            Assert.Equal(pages[page - 1], (await large.Client.ListAsync(list)).Select(record => record!.Id()));
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Cursors_return_each_record_once_and_in_order(string path, string sortBy, string order) => Assert.Equal(
        GetOrder(path).Sort(sortBy, order),
        await WalkAsync(large.Client, $"{path}?sortBy={sortBy}&order={order}&fields=id&count=none", 700));

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Small_pages_lead_through_ties_and_missing_values(string path, string sortBy, string order) => Assert.Equal(
        Oracle.Sort(path == Http.Batches ? many.Active : many.Deleted, sortBy, order),
        await WalkAsync(many.Client, $"{path}?sortBy={sortBy}&order={order}&fields=id&count=none", 7));

    private Oracle GetOrder(string path) => path == Http.Batches ? large.ActiveOrder : large.DeletedOrder;

    /// <summary>The ids of a list, read with cursors.</summary>
    private static async Task<List<string>> WalkAsync(HttpClient client, string list, int limit)
    {
        var ids = new List<string>();
        for (var address = $"{list}&limit={limit}"; address is not null;)
        {
            var page = await client.GetJsonAsync(address);
            var data = page["data"]!.AsArray();
            Assert.InRange(data.Count, 1, limit);
            ids.AddRange(data.Select(record => record!.Id()));
            address = page["nextCursor"] is JsonValue cursor ? $"{list}&limit={limit}&cursor={cursor}" : null;
        }
        return ids;
    }
}
