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
    public void A_term_occurs_in_a_text_or_is_a_whole_id(string q, string condition) => Assert.Equal(condition, Sql.PlanTerms(q).ToString());

    [Theory]
    [InlineData(Id, $"""text has "{Id}" or id = "{Id}" or leadIds has any of ["{Id}"] or opportunityIds has any of ["{Id}"]""")]
    [InlineData($"\"{Id}\"", $"""text has "{Id}" or id = "{Id}" or leadIds has any of ["{Id}"] or opportunityIds has any of ["{Id}"]""")]
    [InlineData($"-{Id}", $"""text has not "{Id}" and id <> "{Id}" and leadIds has not any of ["{Id}"] and opportunityIds has not any of ["{Id}"]""")]
    public void Twenty_four_hexadecimal_digits_may_be_the_id_too(string q, string condition) => Assert.Equal(condition, Sql.PlanTerms(q).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    public void An_id_is_one_in_any_case(string minus)
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
    public void Anything_else_is_no_id(string q) => Assert.DoesNotContain(" id ", Sql.PlanTerms(q).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_term_longer_than_every_id_is_looked_for_in_text_alone()
    {
        // No id has more than 64 code points, and so none more than 128 chars.
        var longest = new string('\u6F22', 128);
        Assert.Contains("leadIds has any of", Sql.PlanTerms(longest).ToString(), StringComparison.Ordinal);
        Assert.Equal($"text has \"{longest}\u6F22\"", Sql.PlanTerms($"{longest}\u6F22").ToString());
        Assert.Equal($"text has not \"{longest}\u6F22\"", Sql.PlanTerms($"-{longest}\u6F22").ToString());
        Assert.Contains("leadIds has any of", Sql.PlanTerms(string.Concat(Enumerable.Repeat("\U0001F600", 64))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_terms_must_hold() => Assert.Equal(
        $"({Sql.PlanTerms("amy")}) and {Sql.PlanTerms("-bob")} and ({Sql.PlanTerms("\"c d\"")})", Sql.PlanTerms("amy -bob \"c d\"").ToString());

    [Theory]

    // The searched text, which an index serves, has what one of its fields has.
    [InlineData("assignee:contains:Am", """text has "Am" and assignee contains "Am" """)]
    [InlineData("Notes:STARTSWITH:\"a, b\"", """text has "a, b" and notes starts with "a, b" """)]
    [InlineData("summary:contains:\"\"", """text has "" and summary contains "" """)]
    [InlineData("summary:contains:\"null\"", """text has "null" and summary contains "null" """)]

    // The id is not among them, and lists are not.
    [InlineData("id:startsWith:63a5", """id starts with "63a5" """)]
    [InlineData("leadIds:contains:63a5", """some element of leadIds (leadIds contains "63a5") """)]
    [InlineData("opportunityIds:startsWith:63a5", """some element of opportunityIds (opportunityIds starts with "63a5") """)]
    [InlineData("rating:4,assignee:contains:am", """rating = 4 and text has "am" and assignee contains "am" """)]
    public void Contains_and_startsWith_look_into_one_field(string fields, string condition) =>
        Assert.Equal(condition.TrimEnd(), Sql.PlanFields(fields).ToString());

    [Theory]
    [InlineData("rating:contains:4", "at character 17 needs text, but 'rating' is none.")]
    [InlineData("assignee:contains:am,Version:startsWith:1", "at character 41 needs text, but 'version' is none.")]
    [InlineData("repeated:contains:true", "at character 19 needs text, but 'repeated' is none.")]
    [InlineData("dueDate:startsWith:2026", "at character 20 needs text, but 'dueDate' is none.")]
    [InlineData("createdAt:contains:null", "at character 20 needs text, but 'createdAt' is none.")]
    [InlineData("assignee:contains:null", "at character 19 must be text; the text null is put in double quotes.")]
    [InlineData("leadIds:startsWith:null", "at character 20 must be text; the text null is put in double quotes.")]
    [InlineData("assignee:contains:am|bob", "at character 19 must be one value, since only the operator in takes several; a value with a bar in it is put in double quotes.")]
    [InlineData("assignee:contains:", "at character 19 must be a value, but nothing is there; the empty text is \"\", and null stands for no value.")]
    public void What_is_no_text_is_a_fault(string fields, string message)
    {
        var errors = new ValidationErrors();
        FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("Fields", fields), errors).Conditions, errors);
        Assert.Equal([$"Fields {message}"], errors.Lines());
    }
}
