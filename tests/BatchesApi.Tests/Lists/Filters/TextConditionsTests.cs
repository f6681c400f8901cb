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

    [Theory]
    [InlineData("\u0301 a", "never")]
    [InlineData("a -\"\u200B\u0640\"", null)]
    public void A_term_that_folding_removes_occurs_nowhere(string q, string? condition) =>
        Assert.Equal(condition ?? Sql.PlanTerms("a").ToString(), Sql.PlanTerms(q).ToString());

    [Theory]
    [InlineData("notes:startsWith:\"\"", """notes starts with "" """)]
    [InlineData("notes:startsWith:\u0301", "notes starts with \"\u0301\"")]
    [InlineData("notes:startsWith:\u200B", "notes starts with \"\u200B\"")]
    [InlineData("notes:startsWith:\u0378", """notes starts with "\u0378" """)]
    public void A_start_without_characters_is_not_searched_by_the_index(string fields, string condition) =>
        Assert.Equal(condition.TrimEnd(), Sql.PlanFields(fields).ToString());

    [Fact]
    public void All_terms_must_hold() => Assert.Equal(
        $"({Sql.PlanTerms("amy")}) and {Sql.PlanTerms("-bob")} and ({Sql.PlanTerms("\"c d\"")})",
        Sql.PlanTerms("amy -bob \"c d\"").ToString());

    [Theory]

    // A term in a searched field also occurs in the indexed text of all searched fields, which finds short texts only where a word starts.
    [InlineData("assignee:contains:Amy", """text has "Amy" and assignee contains "Amy" """)]
    [InlineData("assignee:contains:Am", """assignee contains "Am" """)]
    [InlineData("Notes:STARTSWITH:\"a, b\"", """text has "a, b" and notes starts with "a, b" """)]
    [InlineData("Notes:STARTSWITH:a", """text has "a" and notes starts with "a" """)]
    [InlineData("summary:contains:\"\"", """summary contains "" """)]
    [InlineData("summary:contains:\"null\"", """text has "null" and summary contains "null" """)]

    // The id and array fields are not searched fields.
    [InlineData("id:startsWith:63a5", """id starts with "63a5" """)]
    [InlineData("_ID:contains:63a5", """id contains "63a5" """)]
    [InlineData("leadIds:contains:63a5", """leadIds has any of ["63a5"] """)]
    [InlineData("leadIds:contains:\"null\"", """leadIds has any of ["null"] """)]
    [InlineData("rating:4,assignee:contains:amy", """rating = 4 and text has "amy" and assignee contains "amy" """)]
    public void Contains_and_startsWith_in_fields_search_one_field(string fields, string condition) =>
        Assert.Equal(condition.TrimEnd(), Sql.PlanFields(fields).ToString());

    [Theory]
    [InlineData("""{"assignee":{"$contains":"amy"}}""", """text has "amy" and assignee contains "amy" """)]
    [InlineData("""{"assignee":{"$contains":"am","$startsWith":"b"}}""",
        """assignee contains "am" and text has "b" and assignee starts with "b" """)]
    [InlineData("""{"assignee":{"$not":{"$contains":"amy"}}}""", """assignee is missing or assignee does not contain "amy" """)]
    [InlineData("""{"batchCode":{"$not":{"$startsWith":"amy"}}}""", """batchCode does not start with "amy" """)]
    [InlineData("""{"$nor":[{"batchCode":{"$contains":"amy"}},{"_id":{"$startsWith":"6"}}]}""",
        """batchCode does not contain "amy" and id does not start with "6" """)]
    [InlineData("""{"assignee":{"$not":{"$not":{"$contains":"amy"}}}}""", """text has "amy" and assignee contains "amy" """)]
    public void Contains_and_startsWith_in_p_search_one_field(string p, string condition) =>
        Assert.Equal(condition.TrimEnd(), Sql.Plan(p).ToString());

    /// <summary>Only what remains after folding by every version of Unicode counts as a letter.</summary>
    [Theory]
    [InlineData("ab", false)]
    [InlineData("abc", true)]
    [InlineData("a c", true)]
    [InlineData("e\u0301e\u0301", false)]
    [InlineData("\u00E9\u00E9\u00E9", true)]
    [InlineData("a\u0640\u0640b", false)]
    [InlineData("\u6771\u4EAC", false)]
    [InlineData("\u6771\u4EAC\u90FD", true)]
    [InlineData("\uFF9E\uFF9Eab", false)]
    [InlineData("\uFE71\uFE71ab", false)]
    [InlineData("\uFDFA", false)]
    [InlineData("\U0001F600\U0001F600", false)]
    [InlineData("\u0378\u0378\u0378", false)]
    [InlineData("a\u200Bb\u202E", false)]
    [InlineData("a\u00ADb\u00ADc", true)]
    [InlineData("a\u0600\u0601", true)]
    [InlineData("a\u0E01\u0E31", false)]
    public void Only_long_texts_are_searched_by_the_index(string text, bool isLong) =>
        Assert.Equal(isLong, Sql.PlanFields($"notes:contains:\"{text}\"").ToString().StartsWith("text has", StringComparison.Ordinal));

    [Theory]
    [InlineData("rating:contains:4", "'contains' requires a string field at character 8. 'rating' is an integer.")]
    [InlineData("assignee:contains:am,Version:startsWith:1",
        "'startsWith' requires a string field at character 30. 'version' is an integer.")]
    [InlineData("repeated:contains:true", "'contains' requires a string field at character 10. 'repeated' is a boolean.")]
    [InlineData("dueDate:startsWith:2026", "'startsWith' requires a string field at character 9. 'dueDate' is a date-time.")]
    [InlineData("createdAt:contains:null", "'contains' requires a string field at character 11. 'createdAt' is a date-time.")]
    [InlineData("assignee:contains:null", "expected text at character 19. Use \"null\" to search for the word.")]
    [InlineData("leadIds:contains:null", "expected text at character 18. Use \"null\" to search for the word.")]
    [InlineData("leadIds:startsWith:\"a,b\"",
        "'startsWith' requires a string field at character 9. 'leadIds' is an array of ids, which are compared whole: leadIds:\"a,b\".")]
    [InlineData("assignee:contains:am|bob",
        "expected one value at character 19. Only the operator 'in' takes several. Quote values that contain '|'.")]
    [InlineData("assignee:contains:", "expected a value at character 19. Use \"\" for an empty string or null for no value.")]
    public void Contains_and_startsWith_in_fields_require_text(string fields, string message)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("Fields", fields), errors).Conditions, errors);
        Assert.Equal([$"Fields {message}"], errors.Lines());
    }

    [Theory]
    [InlineData("""{"rating":{"$contains":"4"}}""", "p.rating.$contains '$contains' requires a string field. 'rating' is an integer.")]
    [InlineData("""{"assignee":{"$contains":null}}""", "p.assignee.$contains expected a string.")]
    [InlineData("""{"assignee":{"$startsWith":4}}""", "p.assignee.$startsWith expected a string.")]
    [InlineData("""{"assignee":{"$not":{"$contains":["a"]}}}""", "p.assignee.$not.$contains expected a string.")]
    [InlineData("""{"leadIds":{"$contains":"x\"y"}}""",
        """p.leadIds.$contains '$contains' requires a string field. """
        + """'leadIds' is an array of ids, which are compared whole: {"leadIds":"x\"y"}.""")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$startsWith":"x"}}}""",
        """p.leadIds.$elemMatch.$startsWith '$startsWith' requires a string field. """
        + """The elements of 'leadIds' are ids, which are compared whole: {"leadIds":"x"}.""")]
    public void Contains_and_startsWith_in_p_require_text(string p, string error)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan([MongoFilterParser.Parse(new QueryParameter("p", p), errors)!], errors);
        Assert.Equal([error], errors.Lines());
    }
}
