using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Random conditions on random records, compared with MongoDB's documented semantics. A failure prints the condition and a seed;
/// <c>CsCheck_Seed</c> set to it runs that case first. <c>BATCHES_PROPERTY_CASES</c> sets the number of cases.</summary>
public sealed class FilterPropertyTests(ApiServer server)
{
    private static readonly int Cases =
        int.Parse(Environment.GetEnvironmentVariable("BATCHES_PROPERTY_CASES") ?? "1000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task PostgreSQL_finds_what_MongoDB_would()
    {
        using var records = await RandomRecords.CreateAsync(server);
        var (some, all) = (0, 0);
        await RandomConditions.All.SampleAsync(
            async p =>
            {
                var expected = records.Matching(p).ToList();
                await using var services = server.Services.CreateAsyncScope();
                var db = services.ServiceProvider.GetRequiredService<BatchesContext>();
                var found = await db.BatchesForAccount(records.AccountId, deleted: false).WhereCondition(Plan(p))
                    .Select(b => b.Id).ToListAsync();
                Assert.Equal(expected, found.Order(StringComparer.Ordinal));
                Interlocked.Increment(ref all);
                if (expected.Count > 0 && expected.Count < records.Documents.Count)
                    Interlocked.Increment(ref some);
            },
            iter: Cases,
            print: p => p);

        // The conditions prove little if most of them match everything or nothing.
        Assert.True(some * 3 > all, $"Only {some} of {all} conditions match some records, but not all.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{all} conditions, {some} of which match some records, but not all.");
    }

    [Fact]
    public async Task Lists_and_totals_over_HTTP_match_what_MongoDB_would()
    {
        using var records = await RandomRecords.CreateAsync(server);
        await RandomConditions.All.SampleAsync(
            async p =>
            {
                var expected = records.Matching(p).ToList();
                var page = await records.Client.SendAsync(
                    "GET", $"{Http.Batches}?limit=1000&count=exact&fields=id&p={Uri.EscapeDataString(p)}").JsonAsync();
                Assert.Equal(expected.Count, (int?)page["total"]);
                Assert.Equal(expected, page["data"]!.AsArray().Select(batch => (string)batch!["id"]!).Order(StringComparer.Ordinal));
            },
            iter: Math.Max(Cases / 10, 1),
            print: p => p);
    }

    [Fact]
    public async Task Conditions_in_fields_and_p_are_equivalent()
    {
        using var records = await RandomRecords.CreateAsync(server);
        RandomConditions.Terms.Array[1, 3].Sample(
            terms =>
            {
                var errors = new ValidationErrors();
                var fields = string.Join(',', terms.Select(t => t.Term));
                var condition = FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("fields", fields), errors).Conditions, errors);
                Assert.Empty(errors);
                Assert.Equal(Plan($$"""{"$and":[{{string.Join(',', terms.Select(t => t.P))}}]}""").ToString(), condition.ToString());
            },
            iter: Cases);
        await RandomConditions.Terms.SampleAsync(
            async term =>
            {
                var page = await records.Client.SendAsync("GET", $"{Http.Batches}?limit=1000&fields=id,{Uri.EscapeDataString(term.Term)}")
                    .JsonAsync();
                Assert.Equal(
                    records.Matching(term.P), page["data"]!.AsArray().Select(batch => (string)batch!["id"]!).Order(StringComparer.Ordinal));
            },
            iter: Math.Max(Cases / 10, 1));
    }

    /// <summary>The bracketed form, as qs writes it, means the same as its JSON.</summary>
    [Fact]
    public async Task The_bracketed_form_and_the_JSON_of_p_are_equivalent()
    {
        using var records = await RandomRecords.CreateAsync(server);
        Gen.Select(RandomConditions.All, Gen.Int[0, 2]).Where((p, _) => RandomConditions.CanBeBracketed(p)).Sample(
            (p, style) => Assert.Equal(Plan(p).ToString(), PlanQuery(RandomConditions.Bracketed(p, style)).ToString()),
            iter: Cases,
            print: one => $"{one.Item1} as {RandomConditions.Bracketed(one.Item1, one.Item2)}");
        await Gen.Select(RandomConditions.All, Gen.Int[0, 2]).Where((p, _) => RandomConditions.CanBeBracketed(p)).SampleAsync(
            async (p, style) =>
            {
                var page = await records.Client.GetJsonAsync(
                    $"{Http.Batches}?limit=1000&fields=id&{RandomConditions.Bracketed(p, style)}");
                Assert.Equal(
                    records.Matching(p), page["data"]!.AsArray().Select(batch => (string)batch!["id"]!).Order(StringComparer.Ordinal));
            },
            iter: Math.Max(Cases / 10, 1));
    }

    [Fact]
    public void A_relative_value_and_the_same_value_are_equivalent() => Gen.Select(RandomConditions.All, Gen.Bool).Sample(
        (p, isLead) =>
        {
            var now = RandomRecords.Dates[0];
            var me = isLead ? RandomRecords.Ids[0] : RandomRecords.Texts[1];
            var relative = p.Replace($"\"{now}\"", """{"$now":"+0d"}""", StringComparison.Ordinal)
                .Replace($"\"{me}\"", """{"$me":true}""", StringComparison.Ordinal);
            Assert.Equal(Plan(p).ToString(), Plan(relative).Resolve(new RelativeValues(Rfc3339.Parse(now)!.Value, me)).ToString());
        },
        iter: Cases,
        print: one => one.Item1);

    private static Condition PlanQuery(string query) => ListPlans.Create(query, account: 1, deleted: false).Where;

    internal static Condition Plan(string p)
    {
        var errors = new ValidationErrors();
        var filter = MongoFilterParser.Parse(new QueryParameter("p", p), errors);
        var condition = filter is null ? Condition.Never : FilterPlanner.Plan([filter], errors);
        Assert.True(!errors.HasErrors, string.Join('\n', errors.Select(error => $"{error.Key} {string.Join(' ', error.Value)}")));
        return condition;
    }
}
