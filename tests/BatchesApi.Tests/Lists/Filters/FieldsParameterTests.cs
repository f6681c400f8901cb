using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists.Filters;

public sealed class FieldsParameterTests
{
    [Theory]
    [InlineData("batchCode,dueDate", "id batchCode dueDate", "")]
    [InlineData(" BATCHCODE , id,batchcode", "id batchCode", "")]
    [InlineData("id", "id", "")]
    [InlineData(" rating , rating ", "id rating", "")]
    [InlineData("version,createdAt,deletedAt,leadIds", "id leadIds createdAt deletedAt version", "")]
    [InlineData("assignee:amy", "all", "assignee eq \"amy\"")]
    [InlineData("rating,Assignee:Amy", "id rating", "assignee eq \"Amy\"")]
    [InlineData("rating : GTE : 4 ", "all", "rating gte \"4\"")]
    [InlineData("assignee:in:amy|\"b|c\"| null |\"null\"", "all", "assignee in [\"amy\", \"b|c\", null, \"null\"]")]
    [InlineData("notes:\"a, b: \\\"c\\\" \\\\ |d\"", "all", "notes eq \"a, b: \"c\" \\ |d\"")]
    [InlineData("notes: \" x \" ,rating", "id rating", "notes eq \" x \"")]
    [InlineData("notes:ne:\"\"", "all", "notes ne \"\"")]
    [InlineData("notes:5\" pipe", "all", "notes eq \"5\" pipe\"")]
    [InlineData("assignee:gte", "all", "assignee eq \"gte\"")]
    [InlineData("assignee:CONTAINS:am,summary:startswith:\"a b\"", "all", "assignee contains \"am\"; summary startsWith \"a b\"")]
    [InlineData("rating:gte:1,rating:lte:4", "all", "rating gte \"1\"; rating lte \"4\"")]
    public void Terms_are_read(string fields, string keep, string conditions)
    {
        var errors = new ValidationErrors();
        var terms = FieldsParameter.Parse(new QueryParameter("fields", fields), errors);
        Assert.Empty(errors);
        Assert.Equal(keep, terms.Keep == FieldSet.All ? "all" : string.Join(' ', BatchFields.All.Where(terms.Keep.Contains)));
        Assert.Equal(conditions, string.Join("; ", terms.Conditions));
    }

    [Theory]
    [InlineData("batchCod", "at character 1 names 'batchCod', which is not a field of a batch. Did you mean 'batchCode'?")]
    [InlineData("rating,😀,asignee:amy", "at character 8 names '😀', which is not a field", "at character 10 names 'asignee'")]
    [InlineData("rating,", "at character 8 must be the name of a field, but nothing is there.")]
    [InlineData(",,", "at character 1", "at character 2", "at character 3")]
    [InlineData(":amy", "at character 1 must be the name of a field")]
    [InlineData("\"rating\"", "at character 1 must be the name of one field, without quotes.")]
    [InlineData("rating|version", "at character 1 must be the name of one field")]
    [InlineData("assignee:", "at character 10 must be a value, but nothing is there")]
    [InlineData("assignee:in:a||b", "at character 15 must be a value")]
    [InlineData("assignee:gt:", "at character 13 must be a value")]
    [InlineData("assignee::amy", "at character 10 names '', which is not an operator")]
    [InlineData("rating:gtee:4", "at character 8 names 'gtee', which is not an operator; these are: eq, ne, gt, gte, lt, lte, in, contains, startsWith. Did you mean 'gt")]
    [InlineData("assignee:has:am", "these are: eq, ne, gt, gte, lt, lte, in, contains, startsWith.")]
    [InlineData("rating:nin:4", "at character 8 names 'nin'")]
    [InlineData("rating:\"gte\":4", "at character 8 names 'gte', which is not an operator")]
    [InlineData("dueDate:gte:2026-12-01T09:30:00Z", "at character 27 is too much", "double quotes")]
    [InlineData("dueDate:2026-12-01T09:30", "at character 9 names '2026-12-01T09'", "A value with a colon in it is put in double quotes.")]
    [InlineData("assignee:a|b", "at character 10 must be one value, since only the operator in takes several")]
    [InlineData("notes:\"abc", "at character 7 opens a double quote that is never closed.")]
    [InlineData("notes:\"a\\n\"", "at character 9 has a backslash that escapes nothing")]
    [InlineData("notes:\"a\\", "at character 9 has a backslash", "never closed")]
    [InlineData("notes:\"a\"b", "at character 10 goes on after a closing quote")]
    [InlineData("notes:\"a\0\"", "at character 7 must not contain U+0000")]
    [InlineData("rating:four", "at character 8 must be a whole number or null.")]
    [InlineData("rating:gt:null", "at character 11 must be a whole number.")]
    [InlineData("rating:in:1|x", "at character 13 must be a whole number or null.")]
    [InlineData("rating:04", "at character 8 must be a whole number")]
    [InlineData("repeated:yes", "at character 10 must be true or false or null.")]
    [InlineData("dueDate:lt:soon", "at character 12 must be an RFC 3339 date")]
    [InlineData("foo:bar:baz", "names 'foo'", "names 'bar'")]
    public void Every_fault_tells_where_it_is(string fields, params string[] messages)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("Fields", fields), errors).Conditions, errors);
        var (key, found) = Assert.Single(errors);
        Assert.Equal("Fields", key);
        Assert.All(messages, message => Assert.Contains(message, string.Join('\n', found), StringComparison.Ordinal));
    }

    [Fact]
    public void Without_the_parameter_every_field_is_kept() => Assert.Equal(FieldSet.All, FieldsParameter.Parse(null, new ValidationErrors()).Keep);

    [Fact]
    public void Limits_are_stated_and_kept()
    {
        Assert.Empty(FaultsOf(string.Join(',', Enumerable.Repeat("rating:1", 100))));
        Assert.Contains("there may be 100", Message(string.Join(',', Enumerable.Repeat("rating:1", 102))), StringComparison.Ordinal);
        Assert.Empty(FaultsOf($"rating:in:{string.Join('|', Enumerable.Repeat("1", 1_000))}"));
        Assert.Contains("more than 1,000", Message($"rating:in:{string.Join('|', Enumerable.Repeat("1", 1_001))}"), StringComparison.Ordinal);
        Assert.Contains("8,192 bytes", Message(new string(',', 8_193)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_retrieve_takes_names_only()
    {
        var errors = new ValidationErrors();
        FieldsParameter.ParseNames(new QueryParameter("fields", "rating,assignee:amy"), errors);
        Assert.Contains("at character 8 is a condition", Assert.Single(Assert.Single(errors).Value), StringComparison.Ordinal);
    }

    private static string Message(string fields) => Assert.Single(Assert.Single(FaultsOf(fields)).Value);

    private static ValidationErrors FaultsOf(string fields)
    {
        var errors = new ValidationErrors();
        FieldsParameter.Parse(new QueryParameter("fields", fields), errors);
        return errors;
    }
}
