using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Lists.Filters;

/// <summary>The bracketed form of <c>p</c>, which must mean the same as its JSON.</summary>
public sealed class BracketsParserTests
{
    [Theory]
    [InlineData("p[assignee]=amy", """{"assignee":"amy"}""")]
    [InlineData("P[assignee]=amy", """{"assignee":"amy"}""")]
    [InlineData("p%5Bassignee%5D=amy", """{"assignee":"amy"}""")]
    [InlineData("p[assignee]=amy&p[rating][$gte]=4&p[batchType][$in][]=a&p[batchType][$in][]=b",
        """{"assignee":"amy","rating":{"$gte":4},"batchType":{"$in":["a","b"]}}""")]
    [InlineData("p[$or][0][rating]=4&p[$or][1][assignee]=amy", """{"$or":[{"rating":4},{"assignee":"amy"}]}""")]
    [InlineData("p[$or][7][rating]=4&p[$or][03][assignee]=amy&p[$or][3][version]=1",
        """{"$or":[{"assignee":"amy"},{"version":1},{"rating":4}]}""")]
    [InlineData("p[$or][0][rating][$gte]=1&p[$or][0][rating][$lt]=4&p[$or][1][$and][0][assignee]=amy",
        """{"$or":[{"rating":{"$gte":1,"$lt":4}},{"$and":[{"assignee":"amy"}]}]}""")]
    [InlineData("p[$nor][0][_id]=63a5", """{"$nor":[{"_id":"63a5"}]}""")]

    // Lists: by index, in order, repeated, a single value, and JSON.
    [InlineData("p[batchType][$in][1]=b&p[batchType][$in][0]=a&p[batchType][$in][]=c", """{"batchType":{"$in":["a","b","c"]}}""")]
    [InlineData("p[batchType][$in]=a&p[batchType][$in]=b", """{"batchType":{"$in":["a","b"]}}""")]
    [InlineData("p[batchType][$nin]=a,b", """{"batchType":{"$nin":["a,b"]}}""")]
    [InlineData("p[batchType][$in]= [\"a\",null]", """{"batchType":{"$in":["a",null]}}""")]
    [InlineData("p[batchType][$in][]=[a", """{"batchType":{"$in":["[a"]}}""")]
    [InlineData("p[rating][$in][]=4&p[rating][$in][]=null&p[rating][$in][]=\"5\"", """{"rating":{"$in":[4,null,5]}}""")]
    [InlineData("p[leadIds][$all][]=a&p[leadIds][$all][]=b", """{"leadIds":{"$all":["a","b"]}}""")]
    [InlineData("p[leadIds]=a", """{"leadIds":"a"}""")]
    [InlineData("p[leadIds]=a&p[leadIds]=b", """{"leadIds":["a","b"]}""")]
    [InlineData("p[leadIds][]=a", """{"leadIds":["a"]}""")]
    [InlineData("p[leadIds][$ne]=[\"a\",\"b\"]", """{"leadIds":{"$ne":["a","b"]}}""")]
    [InlineData("p[leadIds][$elemMatch][$gte]=a&p[leadIds][$elemMatch][$in][]=b",
        """{"leadIds":{"$elemMatch":{"$gte":"a","$in":["b"]}}}""")]

    // Values by the type of the field or operator.
    [InlineData("p[assignee]=", """{"assignee":""}""")]
    [InlineData("p[assignee]", """{"assignee":""}""")]
    [InlineData("p[assignee]=null", """{"assignee":null}""")]
    [InlineData("p[assignee]=\"null\"", """{"assignee":"null"}""")]
    [InlineData("p[assignee]=\"a\\u0062\"", """{"assignee":"ab"}""")]
    [InlineData("p[assignee]=\"a", """{"assignee":"\"a"}""")]
    [InlineData("p[assignee]=4", """{"assignee":"4"}""")]
    [InlineData("p[assignee]={\"$ne\":1}", """{"assignee":"{\"$ne\":1}"}""")]
    [InlineData("p[rating]=\"4\"", """{"rating":4}""")]
    [InlineData("p[rating]= 4.0 ", """{"rating":4.0}""")]
    [InlineData("p[rating]=null", """{"rating":null}""")]
    [InlineData("p[repeated]=true&p[rating][$exists]=false", """{"repeated":true,"rating":{"$exists":false}}""")]
    [InlineData("p[repeated]=\"false\"&p[leadIds][$size]=2", """{"repeated":false,"leadIds":{"$size":2}}""")]
    [InlineData("p[dueDate][$gte]=2026-12-01&p[dueDate][$lt]=\"2027-01-01T00:00:00 03:00\"",
        """{"dueDate":{"$gte":"2026-12-01","$lt":"2027-01-01T00:00:00+03:00"}}""")]
    [InlineData("p[assignee][$not][$contains]=4", """{"assignee":{"$not":{"$contains":"4"}}}""")]
    [InlineData("p[notes][$startsWith]=[x", """{"notes":{"$startsWith":"[x"}}""")]
    public void The_bracketed_form_means_the_same_as_JSON(string query, string p)
    {
        var condition = Plan(query, out var errors);

        Assert.Empty(errors);
        Assert.Equal(Sql.Plan(p).ToString(), condition.ToString());
    }

    [Theory]
    [InlineData("p[rating]=four", "p.rating expected an integer or null.")]
    [InlineData("p[rating]=", "p.rating expected an integer or null.")]
    [InlineData("p[rating][$gte]=", "p.rating.$gte expected an integer.")]
    [InlineData("p[rating][$in][]=4&p[rating][$in][]=", "p.rating.$in[1] expected an integer or null.")]
    [InlineData("p[repeated]=", "p.repeated expected true, false or null.")]
    [InlineData("p[repeated]=yes", "p.repeated expected true, false or null.")]
    [InlineData("p[repeated]=1", "p.repeated expected true, false or null.")]
    [InlineData("p[dueDate]=", "p.dueDate expected an RFC 3339 date")]
    [InlineData("p[rating][$exists]=1", "p.rating.$exists expected true or false.")]
    [InlineData("p[rating][$exists]=", "p.rating.$exists expected true or false.")]
    [InlineData("p[leadIds][$size]=x", "p.leadIds.$size expected a non-negative integer.")]
    [InlineData("p[leadIds][$size]=1e999", "p.leadIds.$size expected a non-negative integer.")]
    [InlineData("p[assignee][$gt]=null", "p.assignee.$gt expected a string.")]
    [InlineData("p[colour]=red", "p.colour unknown field 'colour'.")]
    [InlineData("p[$or][0][rating]=4&p[$or][1][rating]=x", "p.$or[1].rating expected an integer or null.")]
    [InlineData("p[$or]=x", "p.$or expected an array of at least one object of conditions.")]
    [InlineData("p[$or][]=x", "p.$or[0] expected an object of conditions.")]
    [InlineData("p[$or][rating]=4", "p.$or expected an array of at least one object of conditions.")]
    [InlineData("p[$gte]=4", "p.$gte must be inside a field")]
    [InlineData("p[rating][$foo]=4", "p.rating.$foo unknown operator '$foo'.")]
    [InlineData("p[rating][$foo][bar][]=4", "p.rating.$foo unknown operator '$foo'.")]
    [InlineData("p[]=x", "p expected a JSON object of conditions")]
    [InlineData("p[0][rating]=4", "p expected a JSON object of conditions")]

    // A condition is never dropped.
    [InlineData("p[assignee]=a&p[assignee]=b", "p.assignee must not be given more than once. Use $in for several values.")]
    [InlineData("p[assignee][$ne]=a&p[assignee][$ne]=b", "p.assignee.$ne must not be given more than once.")]
    [InlineData("p[assignee][$in][0]=a&p[assignee][$in][0]=b", "p.assignee.$in[0] must not be given more than once.")]
    [InlineData("p[rating]=4&p[rating][$gte]=1", "p.rating has members and also values.")]
    [InlineData("p[rating][0]=4&p[rating][$gte]=1", "p.rating has members and also values.")]
    [InlineData("p[leadIds][$in]=a&p[leadIds][$in][]=b", "p.leadIds.$in has items and also a value.")]
    [InlineData("p[leadIds][$in]=[\"a\",", "p.leadIds.$in expected a JSON array, or the values one by one under the same name.")]
    [InlineData("p[leadIds]={\"$size\":1}", "p.leadIds expected a JSON array, or the values one by one under the same name.")]
    [InlineData("p[rating]=4&p={}", "p cannot be combined with p[rating].")]

    // Malformed brackets.
    [InlineData("p[=4", "p[ malformed brackets. Write names as in p[rating][$gte]=4, ")]
    [InlineData("p[rating=4", "p[rating malformed brackets.")]
    [InlineData("p[rating]]=4", "p[rating]] malformed brackets.")]
    [InlineData("p[rating]x=4", "p[rating]x malformed brackets.")]
    [InlineData("p[[rating]]=4", "p[[rating]] malformed brackets.")]
    [InlineData("p[rating][$gte=4", "p[rating][$gte malformed brackets.")]
    [InlineData("p[$or][][rating]=4", "p[$or][][rating] brackets within a name need a number, as in p[$or][0][rating]=4.")]
    [InlineData("q[rating]=4", "q[rating] is not a parameter of this operation.")]
    public void Errors_in_the_bracketed_form_have_the_path_of_their_condition(string query, string error)
    {
        Plan(query, out var errors);

        Assert.StartsWith(error, errors.Lines().First(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_bracketed_form_has_the_limits_of_p()
    {
        Assert.Contains(
            "too many conditions",
            Error(string.Join('&', Enumerable.Range(0, 101).Select(i => $"p[$or][{i}][rating]=4"))),
            StringComparison.Ordinal);
        Assert.Contains(
            "too many values (1,001). The maximum is 1,000.",
            Error($"p[id][$in]=[{string.Join(',', Enumerable.Repeat("1", 1_001))}]"),
            StringComparison.Ordinal);
        Assert.Equal("", Error($"p[notes]={new string('x', 8_192 - 8)}"));
        Assert.Equal("p too long: 8,193 bytes. The maximum is 8,192.", Error($"p[notes]={new string('x', 8_193 - 8)}"));
        var many = string.Join('&', Enumerable.Range(0, 1_000).Select(i => $"p[{i}]=xxxx"));
        Assert.Contains("too long: ", Error(many), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[$not]", "p[rating]", 60, "")]
    [InlineData("[$not]", "p[rating]", 61, "nested too deeply. The maximum is 62 brackets.")]
    [InlineData("[$not]", "p[rating]", 1_350, "nested too deeply. The maximum is 62 brackets.")]
    [InlineData("[$and][0]", "p", 9, "nested too deeply. Logical operators can be nested 8 levels deep.")]
    [InlineData("[0]", "p", 62, "expected a JSON object of conditions")]
    [InlineData("[x]", "p[$or]", 61, "expected an array of at least one object of conditions.")]
    public void Deep_brackets_are_an_error_of_the_client(string brackets, string start, int times, string error)
    {
        var end = start == "p" && brackets != "[0]" ? "[rating]" : start.Contains("rating", StringComparison.Ordinal) ? "[$gte]" : "";
        Assert.Contains(error, Error($"{start}{string.Concat(Enumerable.Repeat(brackets, times))}{end}=4"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p[assignee]=a%00b")]
    [InlineData("p[assignee]=\"\\ud800\"")]
    [InlineData("p[assignee]=\"\\u0000\"")]
    [InlineData("p[leadIds][$in]=[\"\\ud800\"]")]
    public void Text_that_PostgreSQL_cannot_store_is_rejected_in_brackets(string query) =>
        Assert.Contains(PostgresText.Unstorable, Error(query), StringComparison.Ordinal);

    [Fact]
    public void Brackets_are_unknown_names_where_p_is_unknown()
    {
        var errors = new ValidationErrors();
        var given = new DefaultHttpContext { Request = { QueryString = new QueryString("?p[rating]=4") } }.Request.Query;
        QueryParameters.Parse(given, ["fields"], strict: true, errors);
        Assert.StartsWith("p[rating] is not a parameter of this operation.", Assert.Single(errors.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lenient_reader_takes_brackets()
    {
        var errors = new ValidationErrors();
        var given = new DefaultHttpContext { Request = { QueryString = new QueryString("?p[rating]=4&q[x]=1") } }.Request.Query;
        var request = ListRequest.Parse(QueryParameters.Parse(given, ListRequest.Names, strict: false, errors), errors);
        Assert.Empty(errors);
        Assert.Single(request.Filters);
    }

    private static string Error(string query)
    {
        Plan(query, out var errors);
        return errors.Lines().FirstOrDefault() ?? "";
    }

    private static Condition Plan(string query, out ValidationErrors errors)
    {
        errors = new ValidationErrors();
        var given = new DefaultHttpContext { Request = { QueryString = new QueryString($"?{query}") } }.Request.Query;
        var request = ListRequest.Parse(QueryParameters.Parse(given, ListRequest.Names, strict: true, errors), errors);
        return FilterPlanner.Plan(request.Filters, errors);
    }
}
