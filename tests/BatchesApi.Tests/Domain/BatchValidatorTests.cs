using System.Globalization;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class BatchValidatorTests
{
    private const string Emoji = "😀";

    private readonly BatchValidator _validator = new();

    public static TheoryData<string, int, int> Lengths => new(
        ("batchCode", 1, 64),
        ("batchType", 1, 64),
        ("manager", 0, 200),
        ("assignee", 0, 200),
        ("summary", 0, 500),
        ("notes", 0, 10_000));

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Text_lengths_are_limited_in_code_points(string name, int min, int max)
    {
        Assert.Empty(Check(name, new string('x', min)));
        Assert.Empty(Check(name, new string('x', max)));
        Assert.Empty(Check(name, Repeat(Emoji, max)));
        Assert.Empty(Check(name, Repeat("é", max)));

        string[] Error(int length) =>
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name} must be {(min == 0 ? "at most" : "1 to")} {max:N0} characters, but has {length:N0}."),
        ];
        Assert.Equal(Error(max + 1), Check(name, new string('x', max + 1)));
        Assert.Equal(Error(max + 1), Check(name, Repeat(Emoji, max + 1)));

        // A letter with a combining mark is two code points.
        Assert.Equal(Error(max + 2), Check(name, Repeat("e\u0301", (max / 2) + 1)));
    }

    [Theory]
    [InlineData("batchCode")]
    [InlineData("batchType")]
    public void A_required_text_must_not_be_empty(string name)
    {
        Assert.Equal([$"{name} must be 1 to 64 characters, but is empty."], Check(name, ""));
        Assert.Equal([$"{name} must be 1 to 64 characters, but is empty."], Check(name, null));
    }

    [Theory]
    [InlineData("manager")]
    [InlineData("dueDate")]
    [InlineData("repeated")]
    [InlineData("summary")]
    [InlineData("leadIds")]
    [InlineData("rating")]
    public void Optional_fields_may_be_null(string name) => Assert.Empty(Check(name, null));

    [Theory]
    [InlineData(" ")]
    [InlineData("\t\r\n")]
    [InlineData("\u00a0\u3000\u2003")]
    public void A_code_must_not_be_blank(string code)
    {
        Assert.Equal(["batchCode must not be blank."], Check("batchCode", code));
        Assert.Empty(Check("batchType", code));
        Assert.Empty(Check("summary", code));
    }

    [Fact]
    public void A_code_that_is_blank_and_too_long_has_two_errors() => Assert.Equal(
        ["batchCode must be 1 to 64 characters, but has 65.", "batchCode must not be blank."], Check("batchCode", new string(' ', 65)));

    [Theory]
    [InlineData(" B-1 ")]
    [InlineData("\u200b")]
    [InlineData("0")]
    public void A_code_with_a_visible_or_zero_width_character_is_not_blank(string code) => Assert.Empty(Check("batchCode", code));

    [Theory]
    [InlineData("leadIds")]
    [InlineData("opportunityIds")]
    public void An_array_has_up_to_1000_items_of_1_to_64_code_points(string name)
    {
        Assert.Empty(Check(name, Array.Empty<string>()));
        Assert.Empty(Check(name, Enumerable.Repeat("x", 1_000).ToArray()));
        Assert.Empty(Check(name, new[] { "x", " ", new string('x', 64), Repeat(Emoji, 64) }));
        Assert.Equal([$"{name} must have at most 1,000 items, but has 1,001."], Check(name, Enumerable.Repeat("x", 1_001).ToArray()));
    }

    [Fact]
    public void Every_invalid_item_is_reported_with_its_index() => Assert.Equal(
        [
            "leadIds item 1 must be 1 to 64 characters, but is empty.",
            "leadIds item 2 must be 1 to 64 characters, but has 65.",
            "leadIds item 4 must be 1 to 64 characters, but has 65.",
        ],
        Check("leadIds", new[] { "x", "", new string('x', 65), "x", Repeat(Emoji, 65) }));

    [Fact]
    public void An_array_can_have_too_many_items_and_invalid_ones() => Assert.Equal(
        ["leadIds must have at most 1,000 items, but has 1,001.", "leadIds item 1000 must be 1 to 64 characters, but is empty."],
        Check("leadIds", Enumerable.Repeat("x", 1_000).Append("").ToArray()));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_rating_is_0_to_5(int rating) => Assert.Empty(Check("rating", rating));

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_rating_out_of_range_is_rejected(int rating) => Assert.Equal(
        [string.Create(CultureInfo.InvariantCulture, $"rating must be between 0 and 5, but is {rating}.")], Check("rating", rating));

    [Fact]
    public void A_complete_batch_requires_a_code_and_a_type() => Assert.Equal(
        ["batchCode is required.", "batchType is required."], Check(ReadBody.Json("{}"), partial: false));

    [Fact]
    public void A_complete_batch_requires_nothing_else() => Assert.Empty(
        Check(ReadBody.Json("""{"batchCode":"B-1","batchType":"renewal"}"""), partial: false));

    [Fact]
    public void A_partial_batch_requires_nothing() => Assert.Empty(Check(ReadBody.Json("{}"), partial: true));

    [Fact]
    public void A_partial_batch_must_not_clear_required_fields() => Assert.Equal(
        ["batchCode is required and cannot be null.", "batchType must be 1 to 64 characters, but is empty."],
        Check(ReadBody.Json("""{"batchCode":null,"batchType":""}"""), partial: true));

    [Fact]
    public void All_errors_are_reported_together_including_those_of_parsing() => Assert.Equal(
        [
            "repeated must be true, false or null, but is 0. Send false.",
            "rating must be a whole number from 0 to 5 or null, but is 4.5.",
            "colour is not a field of a batch.",
            "batchType is required.",
            "summary must be at most 500 characters, but has 501.",
            "leadIds item 0 must be 1 to 64 characters, but is empty.",
            "batchCode must not be blank.",
        ],
        Check(
            ReadBody.Json($$"""
                {
                  "batchCode": " ", "repeated": 0, "rating": 4.5, "colour": 1, "leadIds": [""], "summary": "{{new string('x', 501)}}"
                }
                """),
            partial: false));

    [Fact]
    public void A_field_that_could_not_be_parsed_has_one_error() => Assert.Equal(
        [
            "batchCode must be a string, but is 1. Send it in quotes: \"1\".",
            "leadIds item 0 must be a string, but is 1.",
            "batchType is required.",
        ],
        Check(ReadBody.Json("""{"batchCode":1,"leadIds":[1]}"""), partial: false));

    [Fact]
    public void Errors_have_the_name_of_the_form_field() => Assert.Equal(
        ["leadIds[] item 1 must be 1 to 64 characters, but is empty."], Check(ReadBody.Form("leadIds[]=a&leadIds[]=\"\""), partial: true));

    [Fact]
    public void The_examples_of_the_documentation_are_valid()
    {
        var members = BatchFields.Writable.Select(field => $"\"{field.Name}\":{field.Example}");

        Assert.Empty(Check(ReadBody.Json($"{{{string.Join(',', members)}}}"), partial: false));
    }

    [Fact]
    public void Messages_do_not_depend_on_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            var input = ReadBody.Json($$"""{"notes":"{{new string('x', 10_001)}}","leadIds":[{{Repeat("\"x\",", 1_000)}}"x"]}""");
            new BatchValidator().Validate(input.Patch, partial: true, input.Errors);

            Assert.Equal(
                ["notes must be at most 10,000 characters, but has 10,001.", "leadIds must have at most 1,000 items, but has 1,001."],
                input.Errors.Lines());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private IEnumerable<string> Check(string name, object? value)
    {
        var field = BatchFields.Find(name)!;
        var values = new Batch();
        field.Set(values, value);
        return Check(new ReadBody(new BatchPatch(values, default(FieldSet).With(field)), new ValidationErrors(), null), partial: true);
    }

    private IEnumerable<string> Check(ReadBody body, bool partial)
    {
        _validator.Validate(body.Patch, partial, body.Errors);
        return body.Errors.Lines();
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
