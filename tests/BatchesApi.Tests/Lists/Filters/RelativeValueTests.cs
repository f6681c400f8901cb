using BatchesApi.Access;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Lists.Filters;

/// <summary>Relative values: how conditions state them, and what they are in a request (specification, section 3.12).</summary>
public sealed class RelativeValueTests
{
    [Theory]
    [InlineData("""{"dueDate":{"$lt":{"$now":"-3d"}}}""", "dueDate < now-3d", "dueDate < 2026-11-28T09:30:00Z")]
    [InlineData("""{"dueDate":{"$gte":{"$now":"+0d"}}}""", "dueDate >= now", "dueDate >= 2026-12-01T09:30:00Z")]
    [InlineData("""{"dueDate":{"$today":"-0w"}}""", "dueDate = today", "dueDate = 2026-12-01T00:00:00Z")]
    [InlineData("""{"dueDate":{"$lte":{"$today":" 007d"}}}""", "dueDate <= today+7d", "dueDate <= 2026-12-08T00:00:00Z")]
    [InlineData("""{"createdAt":{"$gt":{"$now":"-90m"}}}""", "createdAt > now-90m", "createdAt > 2026-12-01T08:00:00Z")]
    [InlineData("""{"createdAt":{"$gt":{"$today":"+36h"}}}""", "createdAt > today+36h", "createdAt > 2026-12-02T12:00:00Z")]
    [InlineData("""{"createdAt":{"$gt":{"$now":"-2w"}}}""", "createdAt > now-2w", "createdAt > 2026-11-17T09:30:00Z")]
    [InlineData("""{"dueDate":{"$ne":{"$today":"+0d"}}}""",
        "dueDate is missing or dueDate <> today", "dueDate is missing or dueDate <> 2026-12-01T00:00:00Z")]
    [InlineData("""{"dueDate":{"$in":["2026-12-01",{"$today":"+0d"},{"$today":"+24h"},null]}}""",
        "dueDate is missing or dueDate in [2026-12-01T00:00:00Z, today, today+24h]",
        "dueDate is missing or dueDate in [2026-12-01T00:00:00Z, 2026-12-02T00:00:00Z]")]
    [InlineData("""{"dueDate":{"$nin":[{"$now":"+1m"}]}}""",
        "dueDate is missing or dueDate not in [now+1m]", "dueDate is missing or dueDate not in [2026-12-01T09:31:00Z]")]
    [InlineData("""{"dueDate":{"$not":{"$gte":{"$today":"+1d"}}}}""",
        "dueDate is missing or dueDate < today+1d", "dueDate is missing or dueDate < 2026-12-02T00:00:00Z")]
    [InlineData("""{"$nor":[{"dueDate":{"$lt":{"$now":"-1h"}}},{"rating":1}]}""",
        "(dueDate is missing or dueDate >= now-1h) and (rating is missing or rating <> 1)",
        "(dueDate is missing or dueDate >= 2026-12-01T08:30:00Z) and (rating is missing or rating <> 1)")]
    [InlineData("""{"assignee":{"$me":true}}""", "assignee = me", "assignee = \"amy@example.com\"")]
    [InlineData("""{"assignee":{"$eq":{"$me":true}},"manager":{"$ne":{"$me":true}}}""",
        "assignee = me and (manager is missing or manager <> me)",
        "assignee = \"amy@example.com\" and (manager is missing or manager <> \"amy@example.com\")")]
    [InlineData("""{"assignee":{"$gt":{"$me":true}}}""", "assignee > me", "assignee > \"amy@example.com\"")]
    [InlineData("""{"assignee":{"$in":["me",{"$me":true},"amy@example.com"]}}""",
        "assignee in [\"me\", me, \"amy@example.com\"]", "assignee in [\"me\", \"amy@example.com\"]")]
    [InlineData("""{"leadIds":{"$me":true}}""", "leadIds has any of [me]", "leadIds has any of [\"amy@example.com\"]")]
    [InlineData("""{"leadIds":[{"$me":true},"a"]}""", "leadIds = [me, \"a\"]", "leadIds = [\"amy@example.com\", \"a\"]")]
    [InlineData("""{"leadIds":{"$all":["a",{"$me":true}]}}""",
        "leadIds has all of [\"a\", me]", "leadIds has all of [\"a\", \"amy@example.com\"]")]
    [InlineData("""{"leadIds":{"$nin":[{"$me":true}]}}""", "leadIds has not any of [me]", "leadIds has not any of [\"amy@example.com\"]")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$eq":{"$me":true}}}}""",
        "leadIds has any of [me]", "leadIds has any of [\"amy@example.com\"]")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$gt":{"$me":true},"$lt":"b"}}}""",
        "some element of leadIds (leadIds > me and leadIds < \"b\")",
        "some element of leadIds (leadIds > \"amy@example.com\" and leadIds < \"b\")")]
    [InlineData("""{"summary":{"$contains":{"$me":true}}}""",
        "summary contains me", "text has \"amy@example.com\" and summary contains \"amy@example.com\"")]
    [InlineData("""{"summary":{"$startsWith":{"$me":true}}}""",
        "summary starts with me", "text has \"amy@example.com\" and summary starts with \"amy@example.com\"")]
    [InlineData("""{"summary":{"$not":{"$contains":{"$me":true}}}}""",
        "summary is missing or summary does not contain me", "summary is missing or summary does not contain \"amy@example.com\"")]
    public void A_relative_value_stands_for_a_value_of_the_request(string p, string symbolic, string resolved)
    {
        var condition = Sql.Plan(p);
        Assert.True(condition.IsRelative);
        Assert.Equal(symbolic, condition.ToString());
        Assert.Equal(resolved, condition.Resolve(Plans.Values).ToString());
        Assert.False(condition.Resolve(Plans.Values).IsRelative);

        // SQL needs every value.
        Assert.NotEmpty(Sql.Where(condition.Resolve(Plans.Values)));
    }

    [Theory]
    [InlineData("dueDate:now", """{"dueDate":{"$now":"+0d"}}""")]
    [InlineData("dueDate:lt:now-3d", """{"dueDate":{"$lt":{"$now":"-3d"}}}""")]
    [InlineData("DueDate : GTE : today 7d", """{"dueDate":{"$gte":{"$today":"+7d"}}}""")]
    [InlineData("createdAt:gte:today-1w,createdAt:lt:today+0m", """{"createdAt":{"$gte":{"$today":"-1w"},"$lt":{"$today":"+0d"}}}""")]
    [InlineData("dueDate:in:now-1h|2026-12-01|null", """{"dueDate":{"$in":[{"$now":"-1h"},"2026-12-01",null]}}""")]
    [InlineData("dueDate:ne:today+30m", """{"dueDate":{"$ne":{"$today":"+30m"}}}""")]
    public void A_relative_time_in_fields_equals_the_same_in_p(string fields, string p) =>
        Assert.Equal(Sql.Plan(p).ToString(), Sql.PlanFields(fields).ToString());

    [Theory]
    [InlineData("assignee:now-3d", "assignee = \"now-3d\"")]
    [InlineData("notes:contains:today", "text has \"today\" and notes contains \"today\"")]
    [InlineData("leadIds:today", "leadIds has any of [\"today\"]")]
    public void Text_fields_take_the_words_as_text(string fields, string condition) =>
        Assert.Equal(condition, Sql.PlanFields(fields).ToString());

    [Theory]
    [InlineData("p[dueDate][$lt][$now]=-3d", "dueDate < now-3d")]
    [InlineData("p[dueDate][$gte][$today]=%2B7d&p[dueDate][$lt][$now]=+9d", "dueDate >= today+7d and dueDate < now+9d")]
    [InlineData("p[dueDate][$today]=\"-0d\"", "dueDate = today")]
    [InlineData("p[dueDate][$in][0][$now]=-3d&p[dueDate][$in][1]=2026-12-01", "dueDate in [now-3d, 2026-12-01T00:00:00Z]")]
    [InlineData("p[assignee][$me]=true", "assignee = me")]
    [InlineData("p[assignee][$ne][$me]=\"true\"", "assignee is missing or assignee <> me")]
    [InlineData("p[leadIds][$all][0][$me]=true&p[leadIds][$all][1]=a", "leadIds has all of [me, \"a\"]")]
    [InlineData("p[$or][0][assignee][$not][$eq][$me]=true&p[$or][1][summary][$contains][$me]=true",
        "assignee is missing or assignee <> me or summary contains me")]
    public void Brackets_take_relative_values(string query, string condition) =>
        Assert.Equal(condition, Plans.Of(query).Symbolic.ToString());

    [Theory]
    [InlineData("""{"dueDate":{"$lt":{"$now":"3d"}}}""", "p.dueDate.$lt.$now invalid offset '3d'. Write a sign, a number and ")]
    [InlineData("""{"dueDate":{"$now":"-3y"}}""", "p.dueDate.$now invalid offset '-3y'. ")]
    [InlineData("""{"dueDate":{"$now":"-3D"}}""", "p.dueDate.$now invalid offset '-3D'. ")]
    [InlineData("""{"dueDate":{"$now":"-d"}}""", "p.dueDate.$now invalid offset '-d'. ")]
    [InlineData("""{"dueDate":{"$now":"-1.5d"}}""", "p.dueDate.$now invalid offset '-1.5d'. ")]
    [InlineData("""{"dueDate":{"$now":"-3d\n"}}""", "p.dueDate.$now invalid offset ")]
    [InlineData("""{"dueDate":{"$now":"-\u0663d"}}""", "p.dueDate.$now invalid offset ")]
    [InlineData("""{"dueDate":{"$today":""}}""", "p.dueDate.$today invalid offset ''. Write ")]
    [InlineData("""{"dueDate":{"$today":true}}""", "p.dueDate.$today expected a string. Write a sign, a number and ")]
    [InlineData("""{"dueDate":{"$now":-3}}""", "p.dueDate.$now expected a string. ")]
    [InlineData("""{"dueDate":{"$now":null}}""", "p.dueDate.$now expected a string. ")]
    [InlineData("""{"dueDate":{"$now":"\ud800"}}""", "p.dueDate.$now expected a string. ")]
    [InlineData("""{"dueDate":{"$now":"-365001d"}}""", "p.dueDate.$now offset '-365001d' out of range. The maximum is 365,000 days.")]
    [InlineData("""{"dueDate":{"$now":"+52143w"}}""", "p.dueDate.$now offset '+52143w' out of range. ")]
    [InlineData("""{"dueDate":{"$now":"+99999999999999999999d"}}""", "p.dueDate.$now offset '+99999999999999999999d' out of range. ")]
    [InlineData("""{"rating":{"$gt":{"$now":"-3d"}}}""", "p.rating.$gt.$now requires a date-time field. 'rating' is an integer.")]
    [InlineData("""{"assignee":{"$today":"+0d"}}""", "p.assignee.$today requires a date-time field. 'assignee' is a string.")]
    [InlineData("""{"leadIds":{"$in":[{"$now":"-3d"}]}}""", "p.leadIds.$in[0].$now requires a date-time field. 'leadIds' is an array.")]
    [InlineData("""{"dueDate":{"$me":true}}""", "p.dueDate.$me requires a string field. 'dueDate' is a date-time.")]
    [InlineData("""{"repeated":{"$in":[{"$me":true}]}}""", "p.repeated.$in[0].$me requires a string field. 'repeated' is a boolean.")]
    [InlineData("""{"assignee":{"$me":false}}""", "p.assignee.$me expected true. ")]
    [InlineData("""{"assignee":{"$me":1}}""", "p.assignee.$me expected true. ")]
    [InlineData("""{"summary":{"$contains":{"$now":"-3d"}}}""", "p.summary.$contains.$now expected a string.")]
    [InlineData("""{"leadIds":{"$size":{"$me":true}}}""", "p.leadIds.$size.$me expected a non-negative integer.")]
    [InlineData("""{"dueDate":{"$not":{"$now":"-3d"}}}""", "p.dueDate.$not.$now is a value, not an operator. Use it as in ")]
    [InlineData("""{"dueDate":{"$gt":"2026-12-01","$now":"-3d"}}""", "p.dueDate.$now is a value, not an operator. Use it as in ")]
    [InlineData("""{"$me":true}""", "p.$me must be the value of a condition, as in ")]
    [InlineData("""{"dueDate":{"$lt":{"$now":"-3d","$today":"-3d"}}}""", "p.dueDate.$lt expected an RFC 3339 date")]
    [InlineData("""{"dueDate":{"$lt":{"$Now":"-3d"}}}""", "p.dueDate.$lt expected an RFC 3339 date")]
    public void A_mistake_in_p_is_reported_at_its_path(string p, string error)
    {
        Plans.Of($"p={Uri.EscapeDataString(p)}", out var errors);
        Assert.StartsWith(error, Assert.Single(errors.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        Plans.Of("""p={"rating":{"$now":"3d"},"dueDate":{"$in":[{"$now":"1"},{"$me":false}]}}""", out var errors);
        Assert.Equal(["p.rating.$now", "p.dueDate.$in[0].$now", "p.dueDate.$in[1].$me"], errors.Names());
        Assert.Equal(5, errors.Lines().Count());
    }

    [Theory]
    [InlineData("dueDate:lt:now-3x", "fields invalid offset '-3x' at character 12. Write a sign, a number and m, h, d or w, ")]
    [InlineData("dueDate:now()", "fields invalid offset '()' at character 9. ")]
    [InlineData("dueDate:gt:today-365001d", "fields offset '-365001d' out of range at character 12. The maximum is 365,000 days.")]
    [InlineData("dueDate:in:now|today-x", "fields invalid offset '-x' at character 16. ")]
    [InlineData("dueDate:\"now\"", "fields expected an RFC 3339 date or date-time in the years 1 to 9999, ")]
    [InlineData("dueDate:NOW", "fields expected an RFC 3339 date or date-time in the years 1 to 9999, ")]
    [InlineData("rating:gt:now", "fields expected an integer at character 11.")]
    [InlineData("dueDate:contains:now", "fields 'contains' requires a string field at character 9.")]
    public void A_mistake_in_fields_is_reported_at_its_character(string fields, string error)
    {
        Plans.Of($"fields={Uri.EscapeDataString(fields)}", out var errors);
        Assert.StartsWith(error, Assert.Single(errors.Lines()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p[assignee][$me]=false", "p.assignee.$me expected true. ")]
    [InlineData("p[assignee][$me]=", "p.assignee.$me expected true. ")]
    [InlineData("p[dueDate][$lt][$now]=", "p.dueDate.$lt.$now invalid offset ''. ")]
    [InlineData("p[dueDate][$lt][$now]=null", "p.dueDate.$lt.$now expected a string. ")]
    [InlineData("p[dueDate][$lt][$now]=-3d&p[dueDate][$lt][$now]=-2d", "p.dueDate.$lt.$now must not be given more than once. ")]
    [InlineData("p[dueDate][$lt][$now][]=-3d", "p.dueDate.$lt.$now expected a string. ")]
    [InlineData("p[rating][$now]=-3d", "p.rating.$now requires a date-time field. 'rating' is an integer.")]
    public void A_mistake_in_brackets_is_reported_at_its_path(string query, string error)
    {
        Plans.Of(query, out var errors);
        Assert.StartsWith(error, errors.Lines().First(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_offsets_have_a_result()
    {
        var condition = Sql.Plan("""{"dueDate":{"$gt":{"$now":"-365000d"},"$lt":{"$now":"+525600000m"}}}""");
        Assert.Equal("dueDate > 1027-08-01T09:30:00Z and dueDate < 3026-04-03T09:30:00Z", condition.Resolve(Plans.Values).ToString());
    }

    [Fact]
    public void A_condition_without_relative_values_stays_the_same_object()
    {
        var condition = Sql.Plan("""{"$or":[{"rating":1},{"leadIds":{"$elemMatch":{"$gt":"a"}}},{"notes":{"$contains":"today"}}]}""");
        Assert.Same(condition, condition.Resolve(Plans.Values));
    }

    [Fact]
    public void A_policy_keeps_its_relative_values()
    {
        var errors = new ValidationErrors();
        var policy = KeyPolicy.Parse("""{"assignee":{"$me":true},"dueDate":{"$gte":{"$today":"-7d"}}}""", errors);
        Assert.Empty(errors);
        Assert.Equal("assignee = me and dueDate >= today-7d", policy.ToString());
        KeyPolicy.Parse("""{"assignee":{"$me":false}}""", errors);
        Assert.Equal(["policy.assignee.$me"], errors.Names());
    }
}
