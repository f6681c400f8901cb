using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class SuggestionTests
{
    private static readonly string[] Known = ["id", "rating", "dueDate", "opportunityIds"];

    [Theory]
    [InlineData("ratng", "rating")]
    [InlineData("ratingg", "rating")]
    [InlineData("ratign", "rating")]
    [InlineData("rateing", "rating")]
    [InlineData("RATING", "rating")]
    [InlineData("duedate", "dueDate")]
    [InlineData("due_date", "dueDate")]
    [InlineData("dueDates", "dueDate")]
    [InlineData("oportunityId", "opportunityIds")]
    [InlineData("ID", "id")]
    [InlineData("di", "")]
    [InlineData("idd", "id")]
    [InlineData("rgt", "")]
    [InlineData("colour", "")]
    [InlineData("", "")]
    public void The_nearest_name_is_suggested_if_it_is_near(string name, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : $" Did you mean '{expected}'?", Suggestion.For(name, Known));

    [Fact]
    public void A_short_name_at_the_same_distance_does_not_hide_a_long_one() => Assert.Equal(
        " Did you mean 'rating'?", Suggestion.For("rtg", ["id", "rating"]));

    [Fact]
    public void Without_known_names_there_is_no_suggestion() => Assert.Equal("", Suggestion.For("rating", []));

    [Fact]
    public void Text_that_is_too_long_for_a_name_gets_no_suggestion() => Assert.Equal(
        "", Suggestion.For(new string('a', 65), [new string('a', 65)]));
}
