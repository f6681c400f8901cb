using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Load;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.ApiTests;

/// <summary>Each kind of list uses the index designed for it, in accounts with many and with few batches, with every
/// <c>count</c>.</summary>
public sealed class PlanTests(PlanDatabase database) : IClassFixture<PlanDatabase>
{
    /// <summary>A lead of a few batches.</summary>
    private static readonly string Lead = SeedRows.Lead(PlanDatabase.LargestCount);

    /// <summary>Lists with the step that reads their page, its indexes, and the maximum numbers of records that it scans and
    /// sorts.</summary>
    public static TheoryData<string, string, string, int, int> Shapes
    {
        get
        {
            var data = new TheoryData<string, string, string, int, int>
            {
                { "?limit=20", "walk", "createdAt, id", 21, 0 },
                { "?limit=1000", "walk", "createdAt, id", 1_001, 0 },
                { "/deleted", "walk", "deletedAt, id", 21, 0 },
                { "/deleted?sortBy=batchCode", "walk", "batchCode, id", 21, 0 },
                { "/deleted?sortBy=rating&order=asc", "walk", "rating, id", 21, 0 },

                { "?p={\"assignee\":\"user007@example.com\"}", "walk", "assignee, createdAt, id", 21, 0 },
                { "?fields=assignee:user007@example.com", "walk", "assignee, createdAt, id", 21, 0 },
                { "?fields=assignee:nobody", "walk", "assignee, createdAt, id", 0, 0 },
                { "?fields=manager:manager07@example.com&order=asc", "walk", "manager, createdAt, id", 21, 0 },
                { "?p={\"batchType\":\"audit\"}&sortBy=rating", "walk", "batchType, rating, id", 21, 0 },
                { "?fields=batchType:audit&sortBy=rating&page=3", "walk", "batchType, rating, id", 61, 0 },
                { "?fields=batchType:audit&sortBy=rating&order=asc", "walk", "batchType, rating, id", 21, 0 },
                { "?p={\"rating\":{\"$gte\":4}}&sortBy=dueDate", "walk", "dueDate, id", 500, 0 },
                { "?fields=rating:gte:4&sortBy=dueDate", "walk", "dueDate, id", 500, 0 },
                { "?fields=batchCode:B-00000050", "walk", "batchCode", 1, 1 },

                { $"?p={{\"leadIds\":\"{Lead}\"}}", "gather", "leadIds; id", 100, 100 },
                { $"?fields=leadIds:{Lead}", "gather", "leadIds; id", 100, 100 },
                { "?fields=leadIds:none", "gather", "leadIds", 0, 0 },
                { "?p={\"leadIds\":{\"$in\":[\"none\",\"other\"]}}", "gather", "leadIds", 0, 0 },
                { "?p={\"opportunityIds\":{\"$all\":[\"none\",\"other\"]}}", "gather", "opportunityIds", 0, 0 },
                { "?q=zircon", "gather", "text; leadIds; opportunityIds; id", 100, 100 },
                { "?q=zi", "gather", "text; leadIds; opportunityIds; id", 100, 100 },
                { "?q=zircon&sortBy=rating", "gather", "text; leadIds; opportunityIds; id", 100, 100 },
                { "?q=zircon -customer", "gather", "text; leadIds; opportunityIds; id", 100, 100 },
                { "?q=quixotic", "gather", "text; leadIds; opportunityIds", 0, 0 },
                { "?q=\u043F\u0440\u0438\u0432\u0435\u0442", "gather", "text; leadIds; opportunityIds", 0, 0 },
                { "?q=\u0645\u0631\u062D\u0628\u0627", "gather", "text; leadIds; opportunityIds", 0, 0 },
                { $"?q={Lead}", "gather", "text; leadIds; opportunityIds; id", 100, 100 },
                { "?q=customer", "head", "createdAt, id", 500, 0 },
                { "?q=cu", "head", "createdAt, id", 500, 0 },
                { "?q=customer&sortBy=rating&order=asc", "head", "rating, id", 500, 500 },
                { "?q=\"customer success\"", "head", "createdAt, id", 3_000, 0 },
                { "?q=visit -customer", "head", "createdAt, id", 3_000, 0 },
                { "?q=-customer", "walk", "createdAt, id", 500, 0 },
            };
            foreach (var name in Oracle.Sortable.Where(name => name != "deletedAt" && name is not ("summary" or "notes" or "version")))
            {
                var indexes = name switch { "id" or "batchCode" => name, "repeated" => "id", _ => $"{name}, id" };

                // The primary key also has the deleted batches, and the repeated ones.
                var mostRead = indexes == "id" ? 30 : 21;
                data.Add($"?sortBy={name}&order=asc", "walk", indexes, mostRead, 0);
                data.Add($"?sortBy={name}&order=desc", "walk", indexes, mostRead, 0);
            }
            return data;
        }
    }

    /// <summary>The fields in whose order no index has the batches.</summary>
    public static IEnumerable<TheoryDataRow<string>> Sorted => [new("summary"), new("notes"), new("version")];

    /// <summary>The lists alone.</summary>
    public static TheoryData<string> Lists => [.. Shapes.Select(row => row.Data.Item1)];

    /// <summary>Lists that an index returns in order, which have a generic plan.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Covered =>
        Shapes.Select(row => row.Data)
            .Where(shape => shape.Item2 == "walk"
                && ListPlans.Create(GetQuery(shape.Item1), account: 1, IsDeleted(shape.Item1)).IsIndexOnlyOrder)
            .Select(shape => new TheoryDataRow<string, string>(shape.Item1, shape.Item3));

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_list_in_a_large_account_uses_its_index(string list, string step, string indexes, int mostRead, int mostSorted)
    {
        foreach (var count in (string[])["none", "bounded", "exact"])
        {
            var (page, steps) = await ExplainAsync(database.Large.Client, list, count);
            var finds = steps.Last(s => s.Name != "count");
            Assert.Equal((step, indexes), (finds.Name, finds.Indexes));
            Assert.InRange(finds.ReadRows, 0, mostRead);
            Assert.InRange(finds.SortedRows, 0, mostSorted);
            Assert.Equal(finds.ActualRows, page["data"]!.AsArray().Count + (page["nextCursor"] is null ? 0 : 1));
            Assert.DoesNotContain("none", steps.Where(s => s.Name != "count").Select(s => s.Indexes));

            // Only frequent text is counted by scanning records.
            if (count == "bounded" && step == "walk" && !list.StartsWith("?q=", StringComparison.Ordinal))
                Assert.All(steps.Where(s => s.Name == "count"), s => Assert.True(s.ReadRows <= 10_001 && s.Indexes != "none", $"{s}"));
        }
    }

    [Theory]
    [MemberData(nameof(Sorted))]
    public async Task A_list_in_an_order_without_an_index_sorts_its_matches(string field)
    {
        var (_, all) = await ExplainAsync(database.Large.Client, $"?sortBy={field}", "none");
        var walk = Assert.Single(all);
        Assert.Equal(("walk", "none"), (walk.Name, walk.Indexes));
        Assert.True(walk.SortedRows > 21, $"{walk}");

        var (_, few) = await ExplainAsync(database.Large.Client, $"?q=zircon&sortBy={field}", "none");
        var gather = Assert.Single(few);
        Assert.Equal("gather", gather.Name);
        Assert.InRange(gather.SortedRows, 1, 100);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_in_a_small_account_is_not_slowed_by_large_accounts(string list)
    {
        foreach (var count in (string[])["none", "bounded", "exact"])
        {
            var (_, steps) = await ExplainAsync(database.Small.Client, list, count);
            Assert.NotEmpty(steps);
            Assert.All(steps, step => Assert.NotEqual("none", step.Indexes));
            Assert.All(steps, step => Assert.InRange(step.ReadRows, 0, 2 * PlanDatabase.SmallestCount));
        }
    }

    [Theory]
    [MemberData(nameof(Covered))]
    public async Task A_list_with_a_generic_plan_uses_its_index_for_every_account(string list, string indexes)
    {
        foreach (var account in (int[])[database.Large.Id, database.Small.Id])
        {
            var plan = ListPlans.Create(GetQuery(list), account, IsDeleted(list));
            var step = await database.ExplainGenericPlanAsync(plan);
            Assert.Equal(indexes, string.Join("; ", step.Indexes));
            Assert.InRange(step.ReadRows, 0, plan.Offset + plan.Limit + 10);
            Assert.InRange(step.SortedRows, 0, 0);
        }
    }

    [Theory]
    [InlineData("?page=13&limit=1000", "createdAt, id; id")]
    [InlineData("?page=5000", "createdAt, id; id")]
    [InlineData("?sortBy=rating&page=50", "id; rating, id")]
    [InlineData("?sortBy=assignee&order=asc&page=50", "assignee, id; id")]
    public async Task A_deep_page_with_a_generic_plan_uses_an_index_only_scan(string list, string indexes)
    {
        var plan = ListPlans.Create(GetQuery(list), database.Large.Id, IsDeleted(list));
        var step = await database.ExplainGenericPlanAsync(plan);
        Assert.Equal(indexes, string.Join("; ", step.Indexes.Order(StringComparer.Ordinal)));
        Assert.InRange(step.ReadRows, 0, plan.Offset + (3 * plan.Limit) + 3);
    }

    [Fact]
    public async Task Page_5000_uses_an_index_only_scan_or_the_nearer_end()
    {
        foreach (var count in (string[])["none", "bounded"])
        {
            var (page, steps) = await ExplainAsync(database.Large.Client, "?page=5000", count);
            Assert.Equal(20, page["data"]!.AsArray().Count);
            Assert.Equal(("walk", "createdAt, id; id"), (steps[0].Name, steps[0].Indexes));
            Assert.InRange(steps[0].ReadRows, 100_000, 100_100);
            Assert.InRange(steps[0].SortedRows, 0, 21);
        }
        var (counted, way) = await ExplainAsync(database.Large.Client, "?page=5000", "exact");
        Assert.Equal(["count", "walk"], way.Select(step => step.Name));
        Assert.Equal("createdAt, id; id", way[1].Indexes);
        Assert.InRange(way[1].ReadRows, 0, (long)counted["total"]! - 99_900);
        Assert.InRange(way[1].SortedRows, 0, 20);
    }

    [Fact]
    public async Task A_cursor_costs_the_same_at_any_depth()
    {
        var names = Oracle.Sortable.Where(name => name is not ("deletedAt" or "summary" or "notes" or "version"));
        foreach (var (sortBy, page) in names.Select(name => (name, 100)).Append(("createdAt", 5_000)).Append(("rating", 4_950)))
        {
            var (deep, _) = await ExplainAsync(database.Large.Client, $"?sortBy={sortBy}&page={page}&fields=id", "none");
            var list = $"?sortBy={sortBy}&cursor={deep["nextCursor"]}";
            var (response, steps) = await ExplainAsync(database.Large.Client, list, "none");
            var step = Assert.Single(steps);
            Assert.Equal(20, response["data"]!.AsArray().Count);
            Assert.Equal(
                (sortBy switch { "id" or "batchCode" => sortBy, "repeated" => "id", _ => $"{sortBy}, id" }, 0),
                (step.Indexes, step.SortedRows));
            Assert.InRange(step.ReadRows, 21, 42);

            var once = await database.ExplainGenericPlanAsync(ListPlans.Create(GetQuery(list), database.Large.Id, deleted: false));
            Assert.Equal(step.Indexes, string.Join("; ", once.Indexes));
            Assert.InRange(once.ReadRows, 21, 42);
        }
    }

    [Theory]
    [InlineData("assignee", "assignee")]
    [InlineData("batchType", "batch_type")]
    [InlineData("rating", "rating")]
    [InlineData("batchType,rating", "batch_type_rating")]
    [InlineData("dueDate:month", "due_date")]
    [InlineData("createdAt:week", "created_at")]
    [InlineData("assignee,createdAt:day", "assignee_created_at")]
    public async Task Groups_are_counted_from_an_index_alone(string by, string index)
    {
        var errors = new ValidationErrors();
        var keys = GroupKeys.Parse(new QueryParameter("by", by), errors);
        Assert.Empty(errors);
        var list = ListPlans.Create("limit=100", database.Large.Id, deleted: false);
        var plan = await database.ExplainGroupsAsync(new GroupPlan(list, keys));
        TestContext.Current.TestOutputHelper?.WriteLine(plan);
        Assert.Contains($"Index Only Scan using ix_batches_{index}", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("count=none", "createdAt, id")]
    [InlineData("order=asc", "createdAt, id")]
    [InlineData("sortBy=dueDate&order=asc", "dueDate, id")]
    [InlineData("sortBy=dueDate&order=desc", "dueDate, id")]
    [InlineData("sortBy=batchCode", "batchCode")]
    [InlineData("fields=assignee:user007@example.com", "assignee, createdAt, id")]
    [InlineData("fields=rating:gte:4&sortBy=dueDate&order=asc", "dueDate, id")]
    [InlineData("fields=assignee:ne:nobody", "createdAt, id")]
    public async Task A_claim_reads_little_more_than_the_leased_batches_before_it(string query, string index)
    {
        const int Leased = 100;
        const int Limit = 10;
        var list = ListPlans.Create($"{query}&limit={Limit}", database.Large.Id, deleted: false);
        var patch = new BatchPatch(new Batch { Assignee = "amy" }, default(FieldSet).With(BatchFields.Assignee));
        foreach (var set in (BatchUpdate?[])[null, BatchUpdate.FromPatch(patch, patch.Passed)])
        {
            var step = await database.ExplainClaimAsync(new ClaimPlan(list, Condition.Always, TimeSpan.FromMinutes(1), set), Leased);
            Assert.Equal(Limit, step.ActualRows);
            Assert.Contains(index, step.Indexes);
            Assert.DoesNotContain("none", step.Indexes);

            // Batches that do not match, the leases of those that do, and the writes.
            Assert.InRange(step.ReadRows, Limit, 800);
            Assert.InRange(step.SortedRows, 0, 2 * Limit);
        }
    }

    private static string GetQuery(string list) =>
        list.Contains('?', StringComparison.Ordinal) ? list[(list.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";

    private static bool IsDeleted(string list) => list.StartsWith("/deleted", StringComparison.Ordinal);

    private static async Task<(JsonObject Page, List<Step> Steps)> ExplainAsync(HttpClient client, string list, string count)
    {
        var page = await client.GetJsonAsync(
            $"{Http.Batches}{list}{(list.Contains('?', StringComparison.Ordinal) ? "&" : "?")}count={count}");
        var steps = page["explain"]!["steps"]!.AsArray().Select(step => new Step(
            (string)step!["step"]!,
            string.Join("; ", step["indexes"]!.AsArray().Select(index => (string)index!)),
            (long)step["actualRows"]!,
            (long)step["readRows"]!,
            (long)step["sortedRows"]!));
        return (page, [.. steps]);
    }

    /// <summary>A step of the explanation.</summary>
    private sealed record Step(string Name, string Indexes, long ActualRows, long ReadRows, long SortedRows);
}
