using System.CommandLine;
using BatchesApi.Cli;

namespace BatchesApi.Tests.Cli;

public sealed class CommonOptionsTests
{
    [Theory]
    [InlineData("1s", "00:00:01")]
    [InlineData("90m", "01:30:00")]
    [InlineData("12h", "12:00:00")]
    [InlineData("90d", "90.00:00:00")]
    [InlineData("007d", "7.00:00:00")]
    [InlineData("36500d", "36500.00:00:00")]
    [InlineData("876000h", "36500.00:00:00")]
    [InlineData("2147483647s", "24855.03:14:07")]
    public void A_duration_is_a_number_and_a_unit(string text, string expected)
    {
        var (duration, errors) = ParseDuration(text);

        Assert.Empty(errors);
        Assert.Equal(expected, duration?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("d")]
    [InlineData("90")]
    [InlineData("0d")]
    [InlineData("-1d")]
    [InlineData("+1d")]
    [InlineData("1.5d")]
    [InlineData("1,5d")]
    [InlineData("1 d")]
    [InlineData(" 1d")]
    [InlineData("1D")]
    [InlineData("1w")]
    [InlineData("1y")]
    [InlineData("1ms")]
    [InlineData("1d12h")]
    [InlineData("1.00:00:00")]
    [InlineData("P1D")]
    [InlineData("٩d")]
    [InlineData("36501d")]
    [InlineData("876001h")]
    [InlineData("99999999999s")]
    [InlineData("d90")]
    public void An_invalid_duration_is_rejected(string text)
    {
        var (_, errors) = ParseDuration(text);

        Assert.Equal(
            [$"'{text}' is not a valid duration. Use a whole number and a unit (s, m, h, d), such as 90d; the maximum is 36500d."], errors);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("acme & sons, Zürich 😀")]
    [InlineData(" x ")]
    [InlineData("12345678")]
    public void A_name_may_have_the_maximum_length(string name)
    {
        var option = CommonOptions.Name("--name", "A name.", maxLength: name.Length);

        var parsed = new RootCommand { option }.Parse(["--name", name]);

        Assert.Empty(parsed.Errors);
        Assert.Equal(name, parsed.GetRequiredValue(option));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    [InlineData("123456789")]
    [InlineData("a\nb")]
    [InlineData("a\tb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u001b[31m")]
    public void An_invalid_name_is_rejected(string name) => Assert.Equal(
        ["--name must be 1 to 8 characters, not blank and without control characters."], ParseName("--name", name));

    [Fact]
    public void A_name_is_required_exactly_once_with_a_value()
    {
        Assert.Equal(["Option '--name' is required."], ParseName());
        Assert.Equal(["Required argument missing for option: '--name'."], ParseName("--name"));
        Assert.Single(ParseName("--name", "a", "--name", "b"));
    }

    private static (TimeSpan? Duration, IEnumerable<string> Errors) ParseDuration(string text)
    {
        var option = new Option<TimeSpan?>("--time") { CustomParser = CommonOptions.ParseDuration };
        var parsed = new RootCommand { option }.Parse(["--time", text]);
        return (parsed.Errors.Count > 0 ? null : parsed.GetValue(option), parsed.Errors.Select(error => error.Message));
    }

    private static IEnumerable<string> ParseName(params string[] arguments) =>
        new RootCommand { CommonOptions.Name("--name", "A name.", maxLength: 8) }.Parse(arguments).Errors.Select(error => error.Message);
}
