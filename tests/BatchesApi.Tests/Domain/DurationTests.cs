using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class DurationTests
{
    [Theory]
    [InlineData("1s", 1)]
    [InlineData("15m", 900)]
    [InlineData("24h", 86_400)]
    [InlineData("1d", 86_400)]
    [InlineData("0015m", 900)]
    [InlineData("0s", null)]
    [InlineData("25h", null)]
    [InlineData("2d", null)]
    [InlineData("9999999999s", null)]
    [InlineData("-1m", null)]
    [InlineData("+1m", null)]
    [InlineData("1.5h", null)]
    [InlineData("1 m", null)]
    [InlineData("m", null)]
    [InlineData("15", null)]
    [InlineData("15M", null)]
    [InlineData("", null)]
    [InlineData("\u0661m", null)]
    public void A_duration_is_a_positive_integer_and_a_unit_up_to_the_maximum(string text, int? seconds) =>
        Assert.Equal(seconds, Duration.Parse(text, TimeSpan.FromDays(1))?.TotalSeconds);
}
