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
    public void The_nearest_name_is_suggested_where_one_is_near(string name, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : $" Did you mean '{expected}'?", Suggestion.For(name, Known));

    [Fact]
    public void A_short_name_that_is_as_far_away_does_not_hide_a_long_one() => Assert.Equal(
        " Did you mean 'rating'?", Suggestion.For("rtg", ["id", "rating"]));

    [Fact]
    public void Where_no_name_is_known_none_is_suggested() => Assert.Equal("", Suggestion.For("rating", []));

    [Fact]
    public void Text_that_is_much_too_long_to_be_a_name_is_not_looked_at() => Assert.Equal(
        "", Suggestion.For(new string('a', 65), [new string('a', 65)]));
}
