using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists.Filters;

public sealed class TextConditionsTests
{
    private const string Id = "63a5b84c53e1218321c55572";

    private const string IdInOtherCase = "63A5b84c53e1218321c5557F";

    [Theory]
    [InlineData("amy", """text has "amy" or leadIds has any of ["amy"] or opportunityIds has any of ["amy"]""")]
    [InlineData("\"a b\"", """text has "a b" or leadIds has any of ["a b"] or opportunityIds has any of ["a b"]""")]
    [InlineData("Amy", """text has "Amy" or leadIds has any of ["Amy", "amy"] or opportunityIds has any of ["Amy", "amy"]""")]
    [InlineData("-amy", """text has not "amy" and leadIds has not any of ["amy"] and opportunityIds has not any of ["amy"]""")]
    public void A_term_matches_text_or_a_whole_id(string q, string condition) => Assert.Equal(condition, Sql.PlanTerms(q).ToString());

    [Theory]
    [InlineData(Id, $"""text has "{Id}" or id = "{Id}" or leadIds has any of ["{Id}"] or opportunityIds has any of ["{Id}"]""")]
    [InlineData($"\"{Id}\"", $"""text has "{Id}" or id = "{Id}" or leadIds has any of ["{Id}"] or opportunityIds has any of ["{Id}"]""")]
    [InlineData($"-{Id}",
        $"""text has not "{Id}" and id <> "{Id}" and leadIds has not any of ["{Id}"] and opportunityIds has not any of ["{Id}"]""")]
    public void A_term_of_24_hexadecimal_digits_also_matches_the_id(string q, string condition) =>
        Assert.Equal(condition, Sql.PlanTerms(q).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    public void Ids_are_matched_case_insensitively(string minus)
    {
        var (has, equal, and) = minus == "" ? ("has", "=", "or") : ("has not", "<>", "and");
        var lower = IdInOtherCase.ToLowerInvariant();
        var either = $"""any of ["{IdInOtherCase}", "{lower}"]""";
        Assert.Equal(
            $"""text {has} "{IdInOtherCase}" {and} id {equal} "{lower}" {and} leadIds {has} {either} {and} opportunityIds {has} {either}""",
            Sql.PlanTerms(minus + IdInOtherCase).ToString());
    }

    [Theory]
    [InlineData("63a5b84c53e1218321c5557")]
    [InlineData("63a5b84c53e1218321c555722")]
    [InlineData("63a5b84c53e1218321c5557g")]
    [InlineData("\"63a5b84c53e1218321c55572 \"")]
    [InlineData("\u0663\u0663a5b84c53e1218321c5557")]
    public void Terms_that_are_not_ids_do_not_match_the_id(string q) =>
        Assert.DoesNotContain(" id ", Sql.PlanTerms(q).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_term_longer_than_any_id_matches_text_only()
    {
        // An id has at most 64 code points, and therefore at most 128 UTF-16 code units.
        var longest = new string('\u6F22', 128);
        Assert.Contains("leadIds has any of", Sql.PlanTerms(longest).ToString(), StringComparison.Ordinal);
        Assert.Equal($"text has \"{longest}\u6F22\"", Sql.PlanTerms($"{longest}\u6F22").ToString());
        Assert.Equal($"text has not \"{longest}\u6F22\"", Sql.PlanTerms($"-{longest}\u6F22").ToString());
        Assert.Contains(
            "leadIds has any of",
            Sql.PlanTerms(string.Concat(Enumerable.Repeat("\U0001F600", 64))).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_terms_must_hold() => Assert.Equal(
        $"({Sql.PlanTerms("amy")}) and {Sql.PlanTerms("-bob")} and ({Sql.PlanTerms("\"c d\"")})",
        Sql.PlanTerms("amy -bob \"c d\"").ToString());

    [Theory]

    // A term in a searched field also occurs in the indexed text of all searched fields.
    [InlineData("assignee:contains:Am", """text has "Am" and assignee contains "Am" """)]
    [InlineData("Notes:STARTSWITH:\"a, b\"", """text has "a, b" and notes starts with "a, b" """)]
    [InlineData("summary:contains:\"\"", """text has "" and summary contains "" """)]
    [InlineData("summary:contains:\"null\"", """text has "null" and summary contains "null" """)]

    // The id and array fields are not searched fields.
    [InlineData("id:startsWith:63a5", """id starts with "63a5" """)]
    [InlineData("leadIds:contains:63a5", """some element of leadIds (leadIds contains "63a5") """)]
    [InlineData("opportunityIds:startsWith:63a5", """some element of opportunityIds (opportunityIds starts with "63a5") """)]
    [InlineData("rating:4,assignee:contains:am", """rating = 4 and text has "am" and assignee contains "am" """)]
    public void Contains_and_startsWith_search_one_field(string fields, string condition) =>
        Assert.Equal(condition.TrimEnd(), Sql.PlanFields(fields).ToString());

    [Theory]
    [InlineData("rating:contains:4", "'contains' requires a string or array field at character 8. 'rating' is an integer.")]
    [InlineData("assignee:contains:am,Version:startsWith:1",
        "'startsWith' requires a string or array field at character 30. 'version' is an integer.")]
    [InlineData("repeated:contains:true", "'contains' requires a string or array field at character 10. 'repeated' is a boolean.")]
    [InlineData("dueDate:startsWith:2026", "'startsWith' requires a string or array field at character 9. 'dueDate' is a date-time.")]
    [InlineData("createdAt:contains:null", "'contains' requires a string or array field at character 11. 'createdAt' is a date-time.")]
    [InlineData("assignee:contains:null", "expected text at character 19. Use \"null\" to search for the word.")]
    [InlineData("leadIds:startsWith:null", "expected text at character 20. Use \"null\" to search for the word.")]
    [InlineData("assignee:contains:am|bob",
        "expected one value at character 19. Only the operator 'in' takes several. Quote values that contain '|'.")]
    [InlineData("assignee:contains:", "expected a value at character 19. Use \"\" for an empty string or null for no value.")]
    public void Contains_and_startsWith_require_text(string fields, string message)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("Fields", fields), errors).Conditions, errors);
        Assert.Equal([$"Fields {message}"], errors.Lines());
    }
}
