using BatchesApi.Storage;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The SQL of every operator on every type of field. NOT is only applied to conditions that are never null, values are parameters,
/// and arrays are searched with operators that a GIN index serves.</summary>
public sealed class ConditionTranslatorTests
{
    private const string InShort = """search_short LIKE search_like_pattern(@Value) ESCAPE '\'""";

    private const string InLong = """search_long LIKE search_like_pattern(@Value) ESCAPE '\'""";

    private const string NotInShort =
        """(search_short NOT LIKE search_like_pattern(@Value) ESCAPE '\' OR search_like_pattern(@Value) IS NULL)""";

    private const string NotInLong =
        """(search_long NOT LIKE search_like_pattern(@Value) ESCAPE '\' OR search_like_pattern(@Value) IS NULL)""";

    [Theory]
    [InlineData("""{"assignee":"amy"}""", """assignee = @Value""")]
    [InlineData("""{"assignee":{"$ne":"amy"}}""", """assignee IS NULL OR assignee <> @Value""")]
    [InlineData("""{"assignee":null}""", """assignee IS NULL""")]
    [InlineData("""{"assignee":{"$ne":null}}""", """assignee IS NOT NULL""")]
    [InlineData("""{"assignee":{"$gt":"amy"}}""", """assignee COLLATE "C" > @Value""")]
    [InlineData("""{"assignee":{"$not":{"$gte":"amy"}}}""", """assignee IS NULL OR assignee COLLATE "C" < @Value""")]
    [InlineData("""{"assignee":{"$in":["amy","bob"]}}""", """assignee IS NOT NULL AND assignee = ANY (@Value)""")]
    [InlineData("""{"assignee":{"$in":["amy",null]}}""", """assignee IS NULL OR assignee = ANY (@Value)""")]
    [InlineData("""{"assignee":{"$nin":["amy","bob"]}}""",
        """assignee IS NULL OR NOT (assignee = ANY (@Value) AND assignee = ANY (@Value) IS NOT NULL)""")]
    [InlineData("""{"assignee":{"$nin":["amy",null]}}""",
        """assignee IS NOT NULL AND NOT (assignee = ANY (@Value) AND assignee = ANY (@Value) IS NOT NULL)""")]
    [InlineData("""{"batchCode":{"$ne":"amy"}}""", """batch_code <> @Value""")]
    [InlineData("""{"batchCode":{"$in":["amy","bob"]}}""", """batch_code = ANY (@Value)""")]
    [InlineData("""{"batchCode":{"$nin":["amy","bob"]}}""",
        """NOT (batch_code = ANY (@Value) AND batch_code = ANY (@Value) IS NOT NULL)""")]
    [InlineData("""{"rating":4}""", """rating = @Value""")]
    [InlineData("""{"rating":{"$ne":4}}""", """rating IS NULL OR rating <> @Value""")]
    [InlineData("""{"rating":{"$lte":4.0}}""", """rating <= @Value""")]
    [InlineData("""{"rating":{"$not":{"$lte":4}}}""", """rating IS NULL OR rating > @Value""")]
    [InlineData("""{"rating":{"$in":[1,2,99,null]}}""", """rating IS NULL OR rating = ANY (@Value)""")]
    [InlineData("""{"rating":{"$nin":[1,2,99]}}""",
        """rating IS NULL OR NOT (rating = ANY (@Value) AND rating = ANY (@Value) IS NOT NULL)""")]
    [InlineData("""{"version":{"$gte":3}}""", """version >= @Value""")]
    [InlineData("""{"version":{"$in":[3,4]}}""", """version = ANY (@Value)""")]
    [InlineData("""{"version":{"$ne":3}}""", """version <> @Value""")]
    [InlineData("""{"repeated":true}""", """repeated = @Value""")]
    [InlineData("""{"repeated":{"$ne":true}}""", """repeated = @Value""")]
    [InlineData("""{"repeated":{"$in":[true,false]}}""", """repeated = ANY (@Value)""")]
    [InlineData("""{"dueDate":{"$gte":"2026-12-01","$lt":"2027-01-01T00:00:00.0000001Z"}}""",
        """due_date >= @Value AND due_date <= @Value1""")]
    [InlineData("""{"dueDate":{"$ne":"2026-12-01"}}""", """due_date IS NULL OR due_date <> @Value""")]
    [InlineData("""{"dueDate":{"$in":["2026-12-01"]}}""", """due_date IS NOT NULL AND due_date = ANY (@Value)""")]
    [InlineData("""{"createdAt":{"$not":{"$gt":"2026-12-01"}}}""", """created_at <= @Value""")]
    [InlineData("""{"createdAt":{"$nin":["2026-12-01"]}}""",
        """NOT (created_at = ANY (@Value) AND created_at = ANY (@Value) IS NOT NULL)""")]
    [InlineData("""{"id":{"$gt":"63"}}""", """id COLLATE "C" > @Value""")]
    [InlineData("""{"id":"63"}""", """id = @Value""")]
    [InlineData("""{"leadIds":"a"}""", """lead_ids && @Value""")]
    [InlineData("""{"leadIds":{"$ne":"a"}}""", """NOT (lead_ids && @Value)""")]
    [InlineData("""{"leadIds":{"$in":["a","b"]}}""", """lead_ids && @Value""")]
    [InlineData("""{"leadIds":{"$nin":["a","b"]}}""", """NOT (lead_ids && @Value)""")]
    [InlineData("""{"leadIds":{"$all":["a","b"]}}""", """@Value <@ lead_ids""")]
    [InlineData("""{"leadIds":{"$not":{"$all":["a","b"]}}}""", """NOT (@Value <@ lead_ids)""")]
    [InlineData("""{"leadIds":{"$size":2}}""", """cardinality(lead_ids) = @Value""")]
    [InlineData("""{"leadIds":{"$not":{"$size":2}}}""", """cardinality(lead_ids) <> @Value""")]
    [InlineData("""{"leadIds":["a","b"]}""", """lead_ids = @Value""")]
    [InlineData("""{"leadIds":[]}""", """lead_ids = @Value""")]
    [InlineData("""{"leadIds":{"$ne":["a","b"]}}""", """lead_ids <> @Value""")]
    [InlineData("""{"leadIds":{"$gt":"a"}}""",
        """EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) WHERE l.value COLLATE "C" > @Value)""")]
    [InlineData("""{"leadIds":{"$not":{"$gt":"a"}}}""",
        """NOT EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) WHERE l.value COLLATE "C" > @Value)""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$gte":"a","$lt":"b"}}}""",
        """EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) WHERE l.value COLLATE "C" >= @Value AND l.value COLLATE "C" < @Value1)""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$ne":"a"}}}""",
        """EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) WHERE l.value <> @Value)""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$nin":["a","b"]}}}""",
        """EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) """
        + """WHERE NOT (l.value = ANY (@Value) AND l.value = ANY (@Value) IS NOT NULL))""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$in":["a","b"],"$gt":"c"}}}""",
        """EXISTS ( SELECT 1 FROM unnest(lead_ids) AS l(value) WHERE l.value = ANY (@Value) AND l.value COLLATE "C" > @Value1)""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$exists":true}}}""", """cardinality(lead_ids) <> @Value""")]
    [InlineData("""{"$or":[{"rating":4},{"$nor":[{"assignee":"amy"},{"leadIds":"x"}]}]}""",
        """rating = @Value OR ((assignee IS NULL OR assignee <> @Value1) AND NOT (lead_ids && @Value2))""")]
    [InlineData("""{"rating":{"$gt":1e308}}""", """FALSE""")]
    public void A_condition_is_that_SQL(string p, string where) => Assert.Equal(where, Sql.Where(p));

    [Theory]
    [InlineData("amy", $"{InShort} OR {InLong} OR lead_ids && @Value2 OR opportunity_ids && @Value3")]
    [InlineData("-amy", $"{NotInShort} AND {NotInLong} AND NOT (lead_ids && @Value2) AND NOT (opportunity_ids && @Value3)")]
    [InlineData("63a5b84c53e1218321c55572", $"{InShort} OR {InLong} OR id = @Value2 OR lead_ids && @Value3 OR opportunity_ids && @Value4")]
    [InlineData("-63A5b84c53e1218321c55572",
        $"{NotInShort} AND {NotInLong} AND id <> @Value2 AND NOT (lead_ids && @Value3) AND NOT (opportunity_ids && @Value4)")]
    public void A_term_is_that_SQL(string q, string where) => Assert.Equal(where, Sql.Where(Sql.PlanTerms(q)));

    [Theory]
    [InlineData("assignee:contains:amy",
        $"({InShort} OR {InLong}) AND strpos(search_normalize(assignee), substring(search_normalize(@Value2), 2)) > 0")]
    [InlineData("assignee:contains:am", """strpos(search_normalize(assignee), substring(search_normalize(@Value), 2)) > 0""")]
    [InlineData("batchCode:startsWith:b-",
        $"({InShort} OR {InLong}) AND strpos(search_normalize(batch_code), search_normalize(@Value2)) = 1")]
    [InlineData("id:startsWith:63", """strpos(search_normalize(id), search_normalize(@Value)) = 1""")]
    [InlineData("leadIds:contains:am", """lead_ids && @Value""")]
    public void A_condition_on_text_in_fields_is_that_SQL(string fields, string where) =>
        Assert.Equal(where, Sql.Where(Sql.PlanFields(fields)));

    [Theory]
    [InlineData("""{"assignee":{"$contains":"am"}}""",
        """strpos(search_normalize(assignee), substring(search_normalize(@Value), 2)) > 0""")]
    [InlineData("""{"assignee":{"$not":{"$contains":"amy"}}}""",
        """assignee IS NULL OR strpos(search_normalize(assignee), substring(search_normalize(@Value), 2)) <= 0""")]
    [InlineData("""{"batchCode":{"$not":{"$startsWith":"b"}}}""",
        """strpos(search_normalize(batch_code), search_normalize(@Value)) <> 1""")]
    public void A_condition_on_text_in_p_is_that_SQL(string p, string where) => Assert.Equal(where, Sql.Where(p));

    [Theory]
    [InlineData("amy", ">")]
    [InlineData("-amy", "<=")]
    public void Candidates_are_filtered_with_terms_that_are_folded_once(string q, string comparison)
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        var sql = BatchesApi.Storage.Sql.FromQuery(db.Candidates().WhereCondition(Sql.PlanTerms(q))).ToString();

        Assert.Contains("FROM (\n    SELECT * FROM candidates\n) AS b\nWHERE ", sql, StringComparison.Ordinal);
        Assert.Matches(
            @"strpos\(b\.search_short, \(\s*SELECT max\(search_substring\(\w+\.value\)\)\s*"
            + $@"FROM unnest\(\$1\) AS \w+\(value\)\)\) {comparison} 0",
            sql);
    }

    [Fact]
    public void A_list_without_conditions_has_no_WHERE() => Assert.Equal("", Sql.Where("{}"));

    [Fact]
    public void Client_input_never_becomes_SQL()
    {
        var sql = Sql.Where("""{"assignee":{"$in":["x' OR 1=1 --"]},"leadIds":"y' OR 1=1 --","notes":{"$gt":"z' OR 1=1 --"}}""");
        sql += Sql.Where(Sql.PlanTerms("\"x' OR 1=1 --\" -\"' OR 1=1\""))
            + Sql.Where(Sql.PlanFields("leadIds:contains:' OR 1=1 --,notes:startsWith:' OR 1=1"));
        Assert.DoesNotContain("OR 1=1", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_values_are_separate_parameters()
    {
        var many = string.Join(',', Enumerable.Repeat("""{"rating":4}""", 100));
        Assert.Equal(100, Sql.Where($$"""{"$or":[{{many}}]}""").Split(" OR ").Length);
    }
}
