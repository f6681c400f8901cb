using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class BatchJsonReaderTests
{
    private const string IsText = "must be a string or null, but is";
    private const string IsInstant =
        "must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z, but is";

    private const string IsBoolean = "must be true, false or null, but is";
    private const string IsRating = "must be a whole number from 0 to 5 or null, but is";
    private const string IsList = "must be an array of strings, such as [\"a\",\"b\"], or null, but is";
    private const string IsStorable = "must not contain U+0000 or an unpaired surrogate.";

    [Theory]

    // Text, unchanged.
    [InlineData("""{"batchCode":"B-1"}""")]
    [InlineData("""{"manager":""}""")]
    [InlineData("""{"manager":"  Zoë آرش "}""")]
    [InlineData("""{"manager":"null"}""")]
    [InlineData("""{"notes":"a\tb\nc"}""")]
    [InlineData("""{"manager":null}""")]

    // Instants.
    [InlineData("""{"dueDate":"2026-12-01T09:30:00Z"}""")]
    [InlineData("""{"dueDate":null}""")]

    // Booleans.
    [InlineData("""{"repeated":true}""")]
    [InlineData("""{"repeated":false}""")]

    // Integers; validation checks the range.
    [InlineData("""{"rating":4}""")]
    [InlineData("""{"rating":0}""")]
    [InlineData("""{"rating":99}""")]
    [InlineData("""{"rating":-2147483648}""")]
    [InlineData("""{"rating":null}""")]

    // Lists, with their order and duplicates.
    [InlineData("""{"leadIds":[]}""")]
    [InlineData("""{"leadIds":["b","a","b"]}""")]
    [InlineData("""{"opportunityIds":["","é"]}""")]

    // No field.
    [InlineData("{}")]
    public void A_value_of_the_type_of_its_field_is_read(string body) => Assert.Equal(body, ReadBody.Json(body).Outcome);

    [Theory]
    [InlineData("""{"dueDate":"2026-12-01"}""", """{"dueDate":"2026-12-01T00:00:00Z"}""")]
    [InlineData("""{"dueDate":"2026-12-01T09:30:00+02:00"}""", """{"dueDate":"2026-12-01T07:30:00Z"}""")]
    [InlineData("""{"repeated":null}""", """{"repeated":false}""")]
    [InlineData("""{"leadIds":null}""", """{"leadIds":[]}""")]
    [InlineData("""{"opportunityIds":null}""", """{"opportunityIds":[]}""")]
    [InlineData("""{"rating":4.0}""", """{"rating":4}""")]
    [InlineData("""{"rating":4e0}""", """{"rating":4}""")]
    [InlineData("""{"rating":40E-1}""", """{"rating":4}""")]
    [InlineData("""{"rating":0.4e1}""", """{"rating":4}""")]
    [InlineData("""{"rating":-0}""", """{"rating":0}""")]
    [InlineData("""{"rating":-0.0}""", """{"rating":0}""")]
    [InlineData("""{"batchCode":"\u0041\u00e9\u006e"}""", """{"batchCode":"Aén"}""")]
    [InlineData("""{"batch\u0043ode":"a"}""", """{"batchCode":"a"}""")]
    [InlineData(""" {"rating" : 4 } """, """{"rating":4}""")]
    public void Equivalent_JSON_gives_the_same_value(string body, string expected) => Assert.Equal(expected, ReadBody.Json(body).Outcome);

    [Theory]
    [InlineData("""{"manager":5}""", IsText + " 5. Send it in quotes: \"5\".")]
    [InlineData("""{"manager":true}""", IsText + " true.")]
    [InlineData("""{"manager":["a"]}""", IsText + " an array.")]
    [InlineData("""{"manager":{}}""", IsText + " an object.")]
    [InlineData("""{"batchCode":5}""", "must be a string, but is 5. Send it in quotes: \"5\".")]
    [InlineData("""{"batchType":[]}""", "must be a string, but is an array.")]
    [InlineData("""{"dueDate":1764547200}""", IsInstant + " 1764547200.")]
    [InlineData("""{"dueDate":false}""", IsInstant + " false.")]
    [InlineData("""{"dueDate":[]}""", IsInstant + " an array.")]
    [InlineData("""{"dueDate":""}""", IsInstant + " empty. Send null for no value.")]
    [InlineData("""{"dueDate":"null"}""", IsInstant + " 'null'.")]
    [InlineData("""{"dueDate":"01.12.2026"}""", IsInstant + " '01.12.2026'.")]
    [InlineData("""{"repeated":"true"}""", IsBoolean + " the string \"true\". Send true.")]
    [InlineData("""{"repeated":1}""", IsBoolean + " 1. Send true.")]
    [InlineData("""{"repeated":[]}""", IsBoolean + " an array.")]
    [InlineData("""{"rating":"4"}""", IsRating + " the string \"4\". Send it without quotes: 4.")]
    [InlineData("""{"rating":4.5}""", IsRating + " 4.5.")]
    [InlineData("""{"rating":1e400}""", IsRating + " 1e400.")]
    [InlineData("""{"rating":-1e400}""", IsRating + " -1e400.")]
    [InlineData("""{"rating":2147483648}""", IsRating + " 2147483648.")]
    [InlineData("""{"rating":-2147483649}""", IsRating + " -2147483649.")]
    [InlineData("""{"rating":4294967300}""", IsRating + " 4294967300.")]
    [InlineData("""{"rating":99999999999999999999999999999999}""", IsRating + " 99999999999999999999999999999999.")]
    [InlineData("""{"rating":true}""", IsRating + " true.")]
    [InlineData("""{"rating":[4]}""", IsRating + " an array.")]
    [InlineData("""{"leadIds":"a"}""", IsList + " the string \"a\".")]
    [InlineData("""{"leadIds":5}""", IsList + " 5.")]
    [InlineData("""{"leadIds":{"0":"a"}}""", IsList + " an object.")]
    [InlineData("""{"leadIds":["a",5]}""", "item 1 must be a string, but is 5.")]
    [InlineData("""{"leadIds":[null]}""", "item 0 must be a string, but is null.")]
    [InlineData("""{"leadIds":[["a"]]}""", "item 0 must be a string, but is an array.")]
    [InlineData("""{"rating":""}""", IsRating + " empty. Send null for no value.")]
    [InlineData("""{"rating":"5 stars"}""", IsRating + " the string \"5 stars\".")]
    [InlineData("""{"repeated":"yes"}""", IsBoolean + " the string \"yes\". Send true.")]
    [InlineData("""{"repeated":"OFF"}""", IsBoolean + " the string \"OFF\". Send false.")]
    [InlineData("""{"repeated":2}""", IsBoolean + " 2.")]
    [InlineData("""{"dueDate":"2026-02-30"}""", IsInstant + " '2026-02-30'.")]
    [InlineData("""{"batchCode":null}""", "is required and cannot be null.")]
    [InlineData("""{"batchType":null}""", "is required and cannot be null.")]
    [InlineData("""{"manager":"a\u0000b"}""", IsStorable)]
    [InlineData("""{"manager":"\ud800"}""", IsStorable)]
    [InlineData("""{"manager":"\udc00\ud800"}""", IsStorable)]
    [InlineData("""{"manager":"a\udfff"}""", IsStorable)]
    [InlineData("""{"dueDate":"2026-12-01\u0000"}""", IsStorable)]
    [InlineData("""{"leadIds":["a","\u0000"]}""", $"item 1 {IsStorable}")]
    [InlineData("""{"leadIds":["\udc00"]}""", $"item 0 {IsStorable}")]
    public void A_value_of_another_type_is_an_error(string body, string message)
    {
        var read = ReadBody.Json(body);

        Assert.Null(read.Malformed);
        Assert.Equal(message, Assert.Single(Assert.Single(read.Errors).Value));
    }

    [Theory]
    [InlineData("""{"manager":"😀"}""")]
    [InlineData("""{"manager":"\ud83d\ude00"}""")]
    public void A_surrogate_pair_is_one_character(string body) => Assert.Equal("😀", ReadBody.Json(body).Patch.Values.Manager);

    [Theory]
    [InlineData("""{"_id":{"$oid":"63a5b84c53e1218321c55572"},"__v":0,"rating":4}""")]
    [InlineData("""{"__v":null,"rating":4,"_id":"63a5b84c53e1218321c55572"}""")]
    public void Fields_of_Mongoose_are_ignored(string body) => Assert.Equal("""{"rating":4}""", ReadBody.Json(body).Outcome);

    [Fact]
    public void Server_managed_fields_are_ignored_whatever_their_type() => Assert.Equal(
        """{"batchCode":"B-1","rating":4}""",
        ReadBody.Json(
            """
            {
              "id": "63a5b84c53e1218321c55572", "batchCode": "B-1", "createdAt": "yesterday", "updatedAt": null, "deletedAt": [1],
              "version": {"a": "\ud800"}, "rating": 4
            }
            """).Outcome);

    [Fact]
    public void Unknown_fields_are_errors_with_the_nearest_writable_name() => Assert.Equal(
        [
            "BatchCode is not a field of a batch. Did you mean 'batchCode'?",
            "asignee is not a field of a batch. Did you mean 'assignee'?",
            "lead_ids is not a field of a batch. Did you mean 'leadIds'?",
            "accountId is not a field of a batch.",
            "leadIds[] is not a field of a batch. Did you mean 'leadIds'?",
            " is not a field of a batch.",
        ],
        ReadBody.Json("""{"BatchCode":"a","asignee":"b","lead_ids":[],"accountId":7,"leadIds[]":[],"":0}""").Errors.Lines());

    [Fact]
    public void Unknown_fields_are_ignored_by_a_lenient_reader() => Assert.Equal(
        """{"rating":4}""", ReadBody.Json("""{"BatchCode":"a","colour":{"x":1},"rating":4}""", strict: false).Outcome);

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"batchCode\udc00":1}""")]
    public void A_name_with_an_unpaired_surrogate_is_an_unknown_field(string body)
    {
        Assert.Equal("errors: \uFFFD", ReadBody.Json(body).Outcome);
        Assert.Equal("{}", ReadBody.Json(body, strict: false).Outcome);
    }

    [Fact]
    public void A_name_with_U0000_is_an_unknown_field() => Assert.Equal(
        "errors: batchCode\0", ReadBody.Json("""{"batchCode\u0000":"a"}""").Outcome);

    [Theory]
    [InlineData("""{"rating":1,"rating":1}""", "rating must not be given more than once.")]
    [InlineData("""{"rating":1,"r\u0061ting":2}""", "rating must not be given more than once.")]
    [InlineData("""{"id":1,"id":1}""", "id must not be given more than once.")]
    [InlineData("""{"_id":1,"_id":1}""", "_id must not be given more than once.")]
    [InlineData("""{"__v":{"a":1,"a":1}}""", "__v must not contain an object with duplicate names.")]
    [InlineData("""{"manager":{"a":1,"a":2}}""", "manager must not contain an object with duplicate names.")]
    [InlineData("""{"leadIds":[{"x":[{"a":1,"b":2,"\u0061":3}]}]}""", "leadIds must not contain an object with duplicate names.")]
    [InlineData("""{"version":{"a":{"b":0,"b":0}}}""", "version must not contain an object with duplicate names.")]
    public void A_duplicate_name_is_an_error(string body, string message)
    {
        Assert.Equal([message], ReadBody.Json(body).Errors.Lines());
        Assert.Equal([message], ReadBody.Json(body, strict: false).Errors.Lines());
    }

    [Fact]
    public void Names_are_case_sensitive() => Assert.Equal(
        """{"rating":1}""", ReadBody.Json("""{"rating":1,"Rating":2}""", strict: false).Outcome);

    [Fact]
    public void All_errors_are_reported_together() => Assert.Equal(
        [
            "batchCode must be a string, but is 1. Send it in quotes: \"1\".",
            $"dueDate {IsInstant} 'soon'.",
            $"repeated {IsBoolean} the string \"no\". Send false.",
            $"summary {IsStorable}",
            "leadIds item 0 must be a string, but is 1.",
            $"leadIds item 2 {IsStorable}",
            $"rating {IsRating} 4.5.",
            "colour is not a field of a batch.",
            "assignee must not be given more than once.",
        ],
        ReadBody.Json(
            """
            {
              "batchCode": 1, "dueDate": "soon", "repeated": "no", "summary": "\u0000", "leadIds": [1, "a", "\ud800"], "rating": 4.5,
              "colour": "red", "assignee": "amy", "assignee": "amy"
            }
            """).Errors.Lines());

    [Theory]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("""{"rating":4,}""")]
    [InlineData("""{"rating":04}""")]
    [InlineData("""{"rating":+4}""")]
    [InlineData("""{"rating":NaN}""")]
    [InlineData("""{'rating':4}""")]
    [InlineData("""{rating:4}""")]
    [InlineData("""{"rating":4} // four""")]
    [InlineData("{\"notes\":\"a\nb\"}")]
    [InlineData("{\"notes\":\"\0\"}")]
    [InlineData("""{"notes":"\x41"}""")]
    [InlineData("<batch/>")]
    public void Text_that_is_not_JSON_is_malformed(string body) => Assert.Equal("malformed", ReadBody.Json(body).Outcome);

    [Fact]
    public void The_problem_of_a_malformed_body_has_the_position_of_the_error() => Assert.StartsWith(
        "The body is not valid JSON: error at line 2, byte 13. Write text in double quotes: \"oops\".",
        ReadBody.Json("{\n  \"rating\": oops }").Malformed,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData(" \t\r\n\uFEFF ")]
    public void A_blank_body_is_an_object_without_members(string body) => Assert.Equal("{}", ReadBody.Json(body).Outcome);

    [Theory]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\uFEFF")]
    [InlineData(" \t\r\n")]
    [InlineData(" \uFEFF\n")]
    public void White_space_and_byte_order_marks_before_JSON_are_skipped(string before)
    {
        Assert.Equal("""{"rating":4}""", ReadBody.Json($$"""{{before}}{"rating":4}""").Outcome);
        Assert.Equal("""{"rating":4}""", ReadBody.Form($$"""{{before}}{"rating":4}""").Outcome);
    }

    [Theory]
    [InlineData("E9")]
    [InlineData("C080")]
    [InlineData("EDA080")]
    [InlineData("F5808080")]
    public void Bytes_that_are_not_UTF8_are_malformed(string bytes) => Assert.Equal(
        $"The body is not valid UTF-8: error at byte 11, 0x{bytes[..2]}. Encode the body as UTF-8.",
        ReadBody.FromBytes([.. "{\"notes\":\""u8, .. Convert.FromHexString(bytes), .. "\"}"u8], BodyFormat.Json).Malformed);

    [Theory]
    [InlineData("colour")]
    [InlineData("id")]
    public void JSON_may_be_16_levels_deep(string name)
    {
        Assert.Equal("{}", ReadBody.Json(Nested(name, 16), strict: false).Outcome);
        Assert.Equal("malformed", ReadBody.Json(Nested(name, 17), strict: false).Outcome);
    }

    [Fact]
    public void JSON_of_16_levels_in_a_field_is_an_error_of_that_field() => Assert.Equal(
        "errors: manager", ReadBody.Json(Nested("manager", 16)).Outcome);

    [Fact]
    public void A_field_that_was_not_passed_has_its_default()
    {
        var (patch, _, _) = ReadBody.Json("""{"rating":4,"manager":null}""");

        Assert.Equal([BatchFields.Manager, BatchFields.Rating], BatchFields.All.Where(patch.Passed.Contains));
        Assert.All(
            BatchFields.Writable.Where(field => field != BatchFields.Rating),
            field => Assert.Equal(field.Get(new Batch()), field.Get(patch.Values)));
    }

    [Theory]
    [InlineData("[]", "The array must have 1 to 1,000 items, but is empty.")]
    [InlineData("[{}", "The body is not valid JSON: error at line 1, byte 4.")]
    public void A_malformed_array_is_a_problem(string body, string detail)
    {
        var errors = new ValidationErrors();

        var array = new RequestBody(Encoding.UTF8.GetBytes(body), BodyFormat.Json);

        var read = new BatchBodyReader(strict: true).ReadArray(array, (_, _) => { }, errors);

        Assert.Equal(ProblemCode.MalformedBody, read.Problem?.Code);
        Assert.StartsWith(detail, read.Problem?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_of_the_items_of_an_array_have_their_index()
    {
        var errors = new ValidationErrors();

        var read = new BatchBodyReader(strict: true).ReadArray(
            new RequestBody(Encoding.UTF8.GetBytes("""[{"rating":1},{"rating":"x"},3]"""), BodyFormat.Json),
            (patch, itemErrors) => itemErrors.Add("rating", $"is {patch.Values.Rating}."),
            errors);

        Assert.Equal(3, read.Value.Length);
        Assert.Equal(
            [
                "[0].rating is 1.", $"[1].rating {IsRating} the string \"x\".", "[1].rating is .",
                "[2] must be an object, but is a number.",
            ],
            errors.Lines());
    }

    [Fact]
    public void The_documented_example_of_every_field_can_be_read()
    {
        var members = BatchFields.Writable.Select(field => $"\"{field.Name}\":{field.Example}");

        var read = ReadBody.Json($"{{{string.Join(',', members)}}}");

        Assert.False(read.Errors.HasErrors);
        Assert.All(BatchFields.Writable, field => Assert.True(read.Patch.Passed.Contains(field)));
    }

    /// <summary>An object with this many levels, itself included.</summary>
    private static string Nested(string name, int levels) => new StringBuilder()
        .Append(null, $"{{\"{name}\":")
        .Append('[', levels - 1)
        .Append(']', levels - 1)
        .Append('}')
        .ToString();
}
