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
    [InlineData("_id,_ID", "id", "")]
    [InlineData("_id:x", "all", "id eq \"x\"")]
    [InlineData("-notes", "all but notes", "")]
    [InlineData("-Notes, - leadIds,-notes", "all but notes leadIds", "")]
    [InlineData("-notes,assignee:amy,-summary", "all but summary notes", "assignee eq \"amy\"")]
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
    public void Terms_are_parsed(string fields, string keep, string conditions)
    {
        var errors = new ValidationErrors();
        var terms = FieldsParameter.Parse(new QueryParameter("fields", fields), errors);
        Assert.Empty(errors);
        var excluded = BatchFields.All.Where(field => !terms.Keep.Contains(field)).ToList();
        Assert.Equal(
            keep,
            excluded.Count == 0 ? "all"
                : keep.StartsWith("all", StringComparison.Ordinal) ? $"all but {string.Join(' ', excluded)}"
                : string.Join(' ', BatchFields.All.Where(terms.Keep.Contains)));
        Assert.Equal(conditions, string.Join("; ", terms.Conditions));
    }

    [Theory]
    [InlineData("batchCod", "unknown field 'batchCod' at character 1. Did you mean 'batchCode'?")]
    [InlineData("rating,😀,asignee:amy", "unknown field '😀' at character 8.", "unknown field 'asignee' at character 10.")]
    [InlineData("rating,", "expected a field name at character 8.")]
    [InlineData("-", "expected a field name at character 1.")]
    [InlineData("--notes", "unknown field '-notes' at character 1.")]
    [InlineData("-id", "cannot exclude 'id' at character 1. It is always returned.")]
    [InlineData("-notes,-_ID", "cannot exclude 'id' at character 8. It is always returned.")]
    [InlineData("-notes,rating", "names to return and excluded names cannot be combined at character 8.")]
    [InlineData("rating,-notes,summary", "names to return and excluded names cannot be combined at character 8.")]
    [InlineData("-assignee:amy", "unexpected '-' before a condition at character 1. Use assignee:ne:amy.")]
    [InlineData("-notes,- assignee:\"a \\\"b\"", "unexpected '-' before a condition at character 8. Use assignee:ne:\"a \\\"b\".")]
    [InlineData("-rating:gte:4",
        "unexpected '-' before a condition at character 1. Negate conditions in p, as in p={\"rating\":{\"$not\":{\"$gte\":…}}}.")]
    [InlineData("-colour", "unknown field 'colour' at character 1.")]
    [InlineData(",,", "expected a field name at character 1.", "at character 2.", "at character 3.")]
    [InlineData(":amy", "expected a field name at character 1.")]
    [InlineData("\"rating\"", "expected one field name without quotes at character 1.")]
    [InlineData("rating|version", "expected one field name without quotes at character 1.")]
    [InlineData("assignee:", "expected a value at character 10.")]
    [InlineData("assignee:in:a||b", "expected a value at character 15.")]
    [InlineData("assignee:gt:", "expected a value at character 13.")]
    [InlineData("assignee::amy", "unknown operator '' at character 10.")]
    [InlineData("rating:gtee:4",
        "unknown operator 'gtee' at character 8. Operators: eq, ne, gt, gte, lt, lte, in, contains, startsWith. Did you mean 'gte'?")]
    [InlineData("assignee:has:am", "Use assignee:contains:am.")]
    [InlineData("assignee:zz:am", "Operators: eq, ne, gt, gte, lt, lte, in, contains, startsWith.")]
    [InlineData("rating:nin:4", "unknown operator 'nin' at character 8.")]
    [InlineData("rating:\"gte\":4", "unknown operator 'gte' at character 8.")]
    [InlineData("dueDate:gte:2026-12-01T09:30:00Z", "unexpected ':' at character 26. Quote the value: ")]
    [InlineData("summary:gte:a:b", "unexpected ':' at character 14. Quote values that contain ',', ':' or '|'.")]
    [InlineData("dueDate:2026-12-01T09:30", "unknown operator '2026-12-01T09' at character 9.", "Quote values that contain ':'.")]
    [InlineData("assignee:a|b", "expected one value at character 10. Only the operator 'in' takes several.")]
    [InlineData("notes:\"abc", "unclosed double quote at character 7.")]
    [InlineData("notes:\"a\\n\"", "invalid escape at character 9.")]
    [InlineData("notes:\"a\\", "invalid escape at character 9.", "unclosed double quote at character 7.")]
    [InlineData("notes:\"a\"b", "expected ',', ':', '|' or the end after the closing quote at character 10.")]
    [InlineData("notes:\"a\0\"", "expected text without U+0000 and unpaired surrogates at character 7.")]
    [InlineData("rating:four", "expected an integer or null at character 8.")]
    [InlineData("rating:lt:1e999", "expected an integer at character 11.")]
    [InlineData("rating:gt:null", "expected an integer at character 11.")]
    [InlineData("rating:in:1|x", "expected an integer or null at character 13.")]
    [InlineData("rating:04", "expected an integer or null at character 8.")]
    [InlineData("repeated:yes", "expected true, false or null at character 10.")]
    [InlineData("dueDate:lt:soon", "expected an RFC 3339 date")]
    [InlineData("foo:bar:baz", "unknown field 'foo'", "unknown operator 'bar'")]
    public void Errors_have_the_position_of_their_character(string fields, params string[] messages)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("Fields", fields), errors).Conditions, errors);
        var (key, found) = Assert.Single(errors);
        Assert.Equal("Fields", key);
        Assert.All(messages, message => Assert.Contains(message, string.Join('\n', found), StringComparison.Ordinal));
    }

    /// <summary>A suggestion does what the client meant: it never drops or inverts a condition.</summary>
    [Theory]
    [InlineData("rating>3", "unknown field 'rating>3' at character 1. Use rating:gt:3.")]
    [InlineData("rating=3", "unknown field 'rating=3' at character 1. Use rating:3.")]
    [InlineData("rating == 3", "unknown field 'rating == 3' at character 1. Use rating:3.")]
    [InlineData("rating<=3", "unknown field 'rating<=3' at character 1. Use rating:lte:3.")]
    [InlineData("rating!=3", "unknown field 'rating!=3' at character 1. Use rating:ne:3.")]
    [InlineData("rating<>3", "unknown field 'rating<>3' at character 1. Use rating:ne:3.")]
    [InlineData("rating>x", "unknown field 'rating>x' at character 1.")]
    [InlineData("batchCode,assignee='a:b'", "unknown field 'assignee='a' at character 11. Use assignee:\"a:b\".")]
    [InlineData("dueDate>=2026-12-01T09:30:00Z",
        "unknown field 'dueDate>=2026-12-01T09' at character 1. Use dueDate:gte:\"2026-12-01T09:30:00Z\".")]
    [InlineData("rating gt 2", "unknown field 'rating gt 2' at character 1. Use rating:gt:2.")]
    [InlineData("rating:>:3", "unknown operator '>' at character 8. Use rating:gt:3.")]
    [InlineData("rating:>=3", "unexpected operator in the value '>=3' at character 8. Use rating:gte:3.")]
    [InlineData("rating:!=3", "unexpected operator in the value '!=3' at character 8. Use rating:ne:3.")]
    [InlineData("rating:isNull", "unexpected operator in the value 'isNull' at character 8. Use rating:null.")]
    [InlineData("rating:equals:3", "unknown operator 'equals' at character 8. Use rating:3.")]
    [InlineData("rating:neq:3", "unknown operator 'neq' at character 8. Use rating:ne:3.")]
    [InlineData("rating:like:3", "unknown operator 'like' at character 8. Use rating:3.")]
    [InlineData("summary:like:%qu%", "unknown operator 'like' at character 9. Use summary:contains:qu.")]
    [InlineData("summary:like:fi*", "unknown operator 'like' at character 9. Use summary:startsWith:fi.")]
    [InlineData("summary:like:%er",
        "unknown operator 'like' at character 9. Use contains or startsWith, which take plain text.")]
    [InlineData("summary:regex:^fi.*", "unknown operator 'regex' at character 9. Use summary:startsWith:fi.")]
    [InlineData("rating:nin:3|4", "unknown operator 'nin' at character 8. Use p={\"rating\":{\"$nin\":[3,4]}}.")]
    [InlineData("assignee:notIn:amy", "unknown operator 'notIn' at character 10. Use p={\"assignee\":{\"$nin\":[\"amy\"]}}.")]
    [InlineData("rating:nin:x", "unknown operator 'nin' at character 8. Use p={\"rating\":{\"$nin\":[…]}}.")]
    [InlineData("{rating:", "expected terms, not JSON at character 1. Use p for conditions in JSON.")]
    [InlineData("rating:between:1|3", "unknown operator 'between' at character 8. Use rating:gte:1,rating:lte:3.")]
    [InlineData("rating:between:1,3", "unexpected ',' before '3' at character 18. Use rating:gte:1,rating:lte:3.")]
    [InlineData("assignee:isNull:true", "unknown operator 'isNull' at character 10. Use assignee:null.")]
    [InlineData("assignee:exists:true", "unknown operator 'exists' at character 10. Use assignee:ne:null.")]
    [InlineData("leadIds:in:a,b", "unexpected ',' before 'b' at character 14. Use leadIds:in:a|b.")]
    [InlineData("rating:nin:1,2,batchCode", "unexpected ',' before '2' at character 14. Use p={\"rating\":{\"$nin\":[1,2]}}.")]
    [InlineData("{\"rating\":4}", "expected terms, not JSON at character 1. Use p={\"rating\":4}.")]
    [InlineData("[\"batchCode\",\"rating\"]", "expected terms, not JSON at character 1. Use batchCode,rating.")]
    [InlineData("batchCode rating", "unknown field 'batchCode rating' at character 1. Separate names by commas: batchCode,rating.")]
    [InlineData("*", "unknown field '*' at character 1. All fields are returned if no name is given.")]
    [InlineData("dueDate:gte:2026-12-01T09:30:00Z",
        "unexpected ':' at character 26. Quote the value: dueDate:gte:\"2026-12-01T09:30:00Z\".")]
    [InlineData("dueDate:2026-12-01T09:30:00Z",
        "unexpected ':' at character 25. Quote the value: dueDate:\"2026-12-01T09:30:00Z\".")]
    public void An_error_states_the_condition_that_the_client_meant(string fields, string error)
    {
        var errors = new ValidationErrors();
        FieldsParameter.Parse(new QueryParameter("fields", fields), errors);
        Assert.Equal([$"fields {error}"], errors.Lines());
    }

    [Theory]
    [InlineData("= ")]
    [InlineData(">=")]
    [InlineData("a ")]
    [InlineData("rating:in:x,y,")]
    [InlineData("[")]
    public void Hostile_terms_are_rejected_quickly(string piece)
    {
        foreach (var start in (string[])["rating:", "rating", ""])
        {
            var text = start + string.Concat(Enumerable.Repeat(piece, (8_192 - start.Length) / piece.Length));
            var errors = new ValidationErrors();
            FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("fields", text), errors).Conditions, errors);
            Assert.NotEmpty(errors);
        }
    }

    [Fact]
    public void Without_the_parameter_every_field_is_kept() =>
        Assert.Equal(FieldSet.All, FieldsParameter.Parse(null, new ValidationErrors()).Keep);

    [Fact]
    public void Limits_are_enforced()
    {
        Assert.Empty(ErrorsIn(string.Join(',', Enumerable.Repeat("rating:1", 100))));
        Assert.Contains("The maximum is 100.", MessageFor(string.Join(',', Enumerable.Repeat("rating:1", 102))), StringComparison.Ordinal);
        Assert.Empty(ErrorsIn($"rating:in:{string.Join('|', Enumerable.Repeat("1", 1_000))}"));
        Assert.Contains(
            "too many values (1,001) at character 11. The maximum is 1,000.",
            MessageFor($"rating:in:{string.Join('|', Enumerable.Repeat("1", 1_001))}"),
            StringComparison.Ordinal);
        Assert.Contains("too long: 8,193 bytes. The maximum is 8,192.", MessageFor(new string(',', 8_193)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_for_one_batch_accepts_names_only()
    {
        var errors = new ValidationErrors();
        FieldsParameter.ParseNames(new QueryParameter("fields", "rating,assignee:amy"), errors);
        Assert.Contains("unexpected condition at character 8.", Assert.Single(Assert.Single(errors).Value), StringComparison.Ordinal);
    }

    private static string MessageFor(string fields) => Assert.Single(Assert.Single(ErrorsIn(fields)).Value);

    private static ValidationErrors ErrorsIn(string fields)
    {
        var errors = new ValidationErrors();
        FieldsParameter.Parse(new QueryParameter("fields", fields), errors);
        return errors;
    }
}
