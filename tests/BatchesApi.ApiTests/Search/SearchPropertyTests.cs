using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using CsCheck;

namespace BatchesApi.ApiTests.Search;

/// <summary>Random searches of random texts over HTTP, compared with the specification (section 3). A failure prints the query and a seed;
/// <c>CsCheck_Seed</c> set to it runs that case first. <c>BATCHES_PROPERTY_CASES</c> sets the number of cases.</summary>
public sealed class SearchPropertyTests(SearchedBatches batches) : IClassFixture<SearchedBatches>
{
    private static readonly int Cases =
        int.Parse(Environment.GetEnvironmentVariable("BATCHES_PROPERTY_CASES") ?? "1000", CultureInfo.InvariantCulture);

    private static readonly (string SortBy, string Order)[] Orders =
    [
        ("createdAt", "desc"), ("createdAt", "desc"), ("createdAt", "asc"), ("assignee", "asc"), ("notes", "desc"), ("batchCode", "asc"),
        ("rating,summary", "desc,asc"),
    ];

    private static readonly Gen<(string SortBy, string Order)> Order = Gen.Int[0, Orders.Length - 1].Select(i => Orders[i]);

    private static readonly Gen<int> Limit = Gen.Int[0, 2].Select(i => ((int[])[1_000, 40, 3])[i]);

    [Fact]
    public Task Random_searches_match_the_specified_semantics() => AssertEqualAsync(
        RandomSearches.Terms.Select(search => (
            $"fields=id&q={Uri.EscapeDataString(search.Q)}",
            (Func<Batch, bool>)(batch => search.Terms.All(term => SearchSemantics.Meets(batch, term))))));

    [Fact]
    public Task Random_text_conditions_match_the_specified_semantics() => AssertEqualAsync(
        RandomSearches.Conditions.Select(conditions => (
            $"fields=id,{Uri.EscapeDataString(string.Join(',', conditions.Select(Written)))}",
            (Func<Batch, bool>)(batch => conditions.All(condition => Meets(batch, condition.Field, condition.AtStart, condition.Text))))));

    [Fact]
    public Task Random_text_conditions_in_p_match_the_specified_semantics() => AssertEqualAsync(
        Gen.Select(RandomSearches.Conditions, Gen.Bool, Gen.Bool).Select((conditions, isNegated, isBracketed) => (
            $"fields=id&{(isBracketed ? Bracketed(conditions, isNegated) : $"p={Uri.EscapeDataString(P(conditions, isNegated))}")}",
            (Func<Batch, bool>)(batch => conditions.All(
                condition => Meets(batch, condition.Field, condition.AtStart, condition.Text) != isNegated)))));

    private static string P((string Field, bool AtStart, string Text)[] conditions, bool isNegated) => new JsonObject
    {
        ["$and"] = new JsonArray([.. conditions.Select(condition =>
        {
            JsonNode matches = new JsonObject { [Operator(condition.AtStart)] = condition.Text };
            return (JsonNode)new JsonObject { [condition.Field] = isNegated ? new JsonObject { ["$not"] = matches } : matches };
        })]),
    }.ToJsonString();

    private static string Bracketed((string Field, bool AtStart, string Text)[] conditions, bool isNegated) => string.Join(
        '&',
        conditions.Select((condition, i) => $"p[$and][{i}][{condition.Field}]{(isNegated ? "[$not]" : "")}[{Operator(condition.AtStart)}]="
            + Uri.EscapeDataString(JsonValue.Create(condition.Text).ToJsonString())));

    private static string Operator(bool atStart) => atStart ? "$startsWith" : "$contains";

    private static string Written((string Field, bool AtStart, string Text) condition)
    {
        var text = condition.Text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"{condition.Field}:{(condition.AtStart ? "startsWith" : "contains")}:\"{text}\"";
    }

    private static bool Meets(Batch batch, string field, bool atStart, string text)
    {
        var value = (string?)BatchFields.Find(field)!.Get(batch);
        return atStart ? SearchSemantics.StartsWith(value, text) : SearchSemantics.Contains(value, text);
    }

    /// <summary>Requests two consecutive pages of a random order and size, and compares records and total.</summary>
    private async Task AssertEqualAsync(Gen<(string Query, Func<Batch, bool> Meets)> searches)
    {
        var (some, all) = (0, 0);
        var sorted = Orders.Distinct().ToDictionary(order => order, order => Sorted(order.SortBy, order.Order));
        await Gen.Select(searches, Order, Limit).SampleAsync(
            async (search, order, limit) =>
            {
                var expected = sorted[order].Where(search.Meets).Select(batch => batch.Id).ToList();
                var address = $"{Http.Batches}?{search.Query}&limit={limit}&sortBy={order.SortBy}&order={order.Order}";
                var first = await PageAsync($"{address}&count=exact");
                Assert.Equal(expected.Count, (int?)first["total"]);
                Assert.Equal(expected.Take(limit), Ids(first));
                Assert.Equal(expected.Count > limit, first["nextCursor"] is not null);
                if (first["nextCursor"] is { } cursor)
                    Assert.Equal(expected.Skip(limit).Take(limit), Ids(await PageAsync($"{address}&count=none&cursor={cursor}")));
                Interlocked.Increment(ref all);
                if (expected.Count > 0 && expected.Count < batches.All.Count)
                    Interlocked.Increment(ref some);
            },
            iter: Cases,
            print: one => $"{one.Item1.Query} by {one.Item2}, {one.Item3} a page");

        // The searches prove little if most of them find everything or nothing.
        Assert.True(some * 4 > all, $"Only {some} of {all} searches find some records, but not all.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{all} searches, {some} of which find some records, but not all.");
    }

    private List<Batch> Sorted(string sortBy, string order)
    {
        var byId = batches.All.ToDictionary(batch => batch.Id);
        return [.. Oracle.Sort(batches.All, sortBy, order).Select(id => byId[id])];
    }

    private Task<JsonObject> PageAsync(string address) => batches.Client.GetJsonAsync(address);

    private static IEnumerable<string> Ids(JsonObject page) => page["data"]!.AsArray().Select(batch => batch!.Id());
}
