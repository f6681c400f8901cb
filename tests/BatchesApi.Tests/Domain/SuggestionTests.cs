using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class SuggestionTests
{
    private static readonly string[] Known = ["id", "rating", "dueDate", "opportunityIds", "createdAt"];

    private static readonly string[] Operators = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$not", "$nor"];

    [Theory]
    [InlineData("ratng", "rating")]
    [InlineData("ratingg", "rating")]
    [InlineData("ratign", "rating")]
    [InlineData("rateing", "rating")]
    [InlineData("RATING", "rating")]
    [InlineData("duedate", "dueDate")]
    [InlineData("due_date", "dueDate")]
    [InlineData("dueDates", "dueDate")]
    [InlineData("created_at", "createdAt")]
    [InlineData("oportunityId", "opportunityIds")]
    [InlineData("rating[]", "rating")]
    [InlineData("ID", "id")]
    [InlineData("di", "")]
    [InlineData("idd", "")]
    [InlineData("rgt", "")]
    [InlineData("rtg", "")]
    [InlineData("colour", "")]
    [InlineData("", "")]
    public void A_name_with_a_typing_error_gets_a_suggestion(string name, string expected) => AssertSuggested(expected, name, Known);

    [Theory]
    [InlineData("-rating")]
    [InlineData("rating>3")]
    [InlineData("rating=")]
    [InlineData("!rating")]
    [InlineData("rating ")]
    [InlineData("rating.")]
    [InlineData("createdBy")]
    public void A_name_that_may_mean_something_else_gets_no_suggestion(string name) => AssertSuggested("", name, Known);

    [Theory]
    [InlineData("$like", "")]
    [InlineData("$inn", "")]
    [InlineData("$noe", "")]
    [InlineData("$nexists", "")]
    [InlineData("$nand", "")]
    [InlineData("$ot", "")]
    [InlineData("$ltt", "")]
    [InlineData("$GTE", "$gte")]
    [InlineData("$exist", "$exists")]
    public void An_operator_that_could_be_several_gets_no_suggestion(string name, string expected) =>
        AssertSuggested(expected, name, Operators);

    [Fact]
    public void Without_known_names_there_is_no_suggestion() => Assert.Equal("", Suggestion.For("rating", []));

    [Fact]
    public void Text_that_is_too_long_for_a_name_gets_no_suggestion() => Assert.Equal(
        "", Suggestion.For(new string('a', 65), [new string('a', 65)]));

    private static void AssertSuggested(string expected, string name, string[] known) =>
        Assert.Equal(expected.Length == 0 ? "" : $" Did you mean '{expected}'?", Suggestion.For(name, known));
}
