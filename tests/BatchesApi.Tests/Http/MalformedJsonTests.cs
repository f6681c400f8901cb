using BatchesApi.Domain;
using BatchesApi.Http;
using CsCheck;

namespace BatchesApi.Tests.Http;

public sealed class MalformedJsonTests
{
    [Theory]

    // Quotes and names.
    [InlineData("{'a':1}", 2, "Write names and strings in double quotes, not in single quotes.")]
    [InlineData("""{"a":'x'}""", 6, "Write names and strings in double quotes, not in single quotes.")]
    [InlineData(
        "'{rating:1}'", 1, "The body begins with a single quote. On Windows, enclose it in double quotes, and write \\\" for those "
        + "within.")]
    [InlineData("{a:1}", 2, "Write names in double quotes: \"a\".")]
    [InlineData("""{"a":1,b-c:2}""", 8, "Write names in double quotes: \"b-c\".")]
    [InlineData("{\u201Ca\u201D:1}", 2, "Write plain double quotes (\"), not typographic ones.")]
    [InlineData("""{"a":"x" y"}""", 10, "Write \\\" for a double quote within a string, or add the missing comma.")]
    [InlineData("""{"a":5 stars}""", 8, "Write text in double quotes: \"stars\".")]
    [InlineData("""{"a":soon}""", 6, "Write text in double quotes: \"soon\".")]

    // Commas, colons and brackets.
    [InlineData("""{"a":1,}""", 8, "Remove the comma before '}'.")]
    [InlineData("[1, ]", 5, "Remove the comma before ']'.")]
    [InlineData("""{"a":1,,"b":2}""", 8, "Remove this comma.")]
    [InlineData("""{"a":1 "b":2}""", 8, "A comma is missing before this quote.")]
    [InlineData("""{"a" 1}""", 6, "A colon is missing after the name.")]
    [InlineData("""{"a"=1}""", 5, "Write ':' between a name and its value.")]
    [InlineData("""{"a":}""", 6, "A value is missing after ':'.")]
    [InlineData("""{"a":[1,2}""", 10, "']' is missing before '}'.")]
    [InlineData("""{"a":[{"b":1""", 13, "The end is missing: '}]}'.")]
    [InlineData("""{"a":"x""", 8, "A string is not closed: a double quote is missing.")]
    [InlineData("""{"a":1}{"b":2}""", 8, "The body continues after the end of the JSON value. To create several batches, send an array.")]
    [InlineData("""{"a":1}x""", 8, "The body continues after the end of the JSON value.")]

    // Literals and numbers.
    [InlineData("""{"a":NaN}""", 6, "'NaN' is not a JSON value. Send null, or omit the field.")]
    [InlineData("""{"a":-Infinity}""", 7, "'Infinity' is not a JSON value. Send null, or omit the field.")]
    [InlineData("""{"a":undefined}""", 6, "'undefined' is not a JSON value. Send null, or omit the field.")]
    [InlineData("""{"a":None}""", 6, "Write null, not None.")]
    [InlineData("""{"a":True}""", 6, "Write true in full and in lower case, or text in double quotes.")]
    [InlineData("""{"a":nul}""", 9, "Write null in full and in lower case, or text in double quotes.")]
    [InlineData("""{"a":01}""", 7, "Write numbers without leading zeros.")]
    [InlineData("""{"a":+1}""", 6, "Write positive numbers without a plus sign.")]
    [InlineData("""{"a":.5}""", 6, "Write a digit before and after the decimal point.")]
    [InlineData("""{"a":1.}""", 8, "Write a digit before and after the decimal point.")]

    [InlineData("""{"a":0x4}""", 7, "'0x4' is not a valid number.")]
    [InlineData("""{"a":1_0}""", 7, "'1_0' is not a valid number.")]
    [InlineData("""{"a":1e}""", 8, "'1e' is not a valid number.")]
    [InlineData("""{"a":4 5}""", 8, "'4 5' is not a valid number.")]
    [InlineData("""{"a":--1}""", 7, "'--1' is not a valid number.")]
    [InlineData("""{"a":5,0}""", 8, "'5,0' is not a valid number.")]
    [InlineData("""{"a":5, 0, "b":1}""", 9, "'5, 0' is not a valid number.")]
    [InlineData("""{"a":1.5.5}""", 9, "'1.5.5' is not a valid number.")]
    [InlineData("""{"a":1+1}""", 7, "'1+1' is not a valid number.")]
    [InlineData("""[1,2,3 4]""", 8, "'3 4' is not a valid number.")]
    [InlineData("4 5", 3, "'4 5' is not a valid number.")]
    [InlineData("""{"a":2026-12-01}""", 10, "Write dates in double quotes.")]
    [InlineData("""{"a":1,2:3}""", 8, "Write names in double quotes: \"2\".")]
    [InlineData("""{"a":"x",5}""", 10, "Write names in double quotes: \"5\".")]

    // Characters.
    [InlineData("{\"a\":\"x\ny\"}", 8, "A string contains a line break. Write \\n for it, or close the string with a double quote.")]
    [InlineData("{\"a\":\"x\ty\"}", 8, "A string contains a tab. Write \\t for it.")]
    [InlineData("{\"a\":\"x\0y\"}", 8, "A string contains a control character. Write \\u0000 for it.")]
    [InlineData("""{"a":"C:\dir"}""", 10, "A string contains an invalid escape sequence. Write \\\\ for a backslash.")]
    [InlineData("{\"a\":\uFEFF1}", 6, "Remove the byte order mark (U+FEFF).")]
    [InlineData("{\u00A0\"a\":1}", 2, "Replace the no-break space (U+00A0) by a space.")]
    [InlineData("{\"a\":\u20AC}", 6, "Unexpected '\u20AC'.")]

    // Other languages.
    [InlineData("[object Object]", 2, "The client sent an object as text. Use JSON.stringify.")]
    [InlineData("""{"leadIds":[object Object]}""", 13, "The client sent an object as text. Use JSON.stringify.")]
    [InlineData("{\\\"a\\\":1}", 2, "Remove the backslashes before the double quotes.")]
    [InlineData("""{"a":1} // x""", 9, "JSON does not allow comments. Remove them.")]
    [InlineData("""{"a":1 /* x */}""", 8, "JSON does not allow comments. Remove them.")]
    [InlineData("<batch/>", 1, "The body looks like XML or HTML. Send JSON.")]
    [InlineData("{{name}}", 2, "The body contains '{{': a placeholder was not replaced.")]
    [InlineData("colour=red", 1, "It looks like a form, but 'colour' is not a field of a batch.")]
    [InlineData("hello", 1, """Send an object, such as {"batchCode":"B-2026-001","batchType":"renewal"}.""")]
    public void An_error_in_JSON_is_described_with_its_position_and_correction(string body, int position, string expected) => Assert.Equal(
        $"The body is not valid JSON: error at line 1, byte {position}. {expected}", ReadBody.Json(body).Malformed);

    [Theory]
    [InlineData("{\n  \"rating\": 04\n}", "line 2, byte 14")]
    [InlineData("{\r\n\r\n,", "line 3, byte 1")]
    [InlineData("{\"notes\":\"\u00E9\u00E9\",}", "line 1, byte 17")]
    public void The_position_is_a_line_and_a_byte(string body, string expected) =>
        Assert.Contains($"error at {expected}. ", ReadBody.Json(body).Malformed, StringComparison.Ordinal);

    [Theory]
    [InlineData("FFFE7B007D00")]
    [InlineData("FEFF007B007D")]
    [InlineData("7B007D00")]
    [InlineData("007B007D")]
    public void UTF_16_is_recognized(string bytes) => Assert.Equal(
        "The body is in UTF-16 or UTF-32. Send it in UTF-8.",
        ReadBody.FromBytes(Convert.FromHexString(bytes), BodyFormat.Json).Malformed);

    [Fact]
    public void A_long_word_is_not_quoted_in_full() =>
        Assert.InRange(ReadBody.Json($$"""{"a":{{new string('x', 100_000)}}}""").Malformed!.Length, 50, 200);

    /// <summary>Every beginning of a body, and every body with one character replaced, is described without an exception.</summary>
    [Fact]
    public void Every_damaged_body_is_described()
    {
        const string Body = """{"rating": -4.5e1, "leadIds": ["a\n", "\u00e9"], "repeated": true, "x": {"y": [null, {}]}}""";
        for (var i = 1; i < Body.Length; i++)
        {
            Assert.StartsWith("The body is not", ReadBody.Json(Body[..i]).Malformed, StringComparison.Ordinal);
            foreach (var c in "{}[]:,\"'\\/ax0 \n\0\uFEFF\u20AC")
                Assert.DoesNotContain('\0', ReadBody.Json($"{Body[..i]}{c}{Body[(i + 1)..]}").Malformed ?? "");
        }
    }

    /// <summary>Bodies with random bytes replaced, removed or added are described without an exception. A failure prints a seed;
    /// <c>CsCheck_Seed</c> set to it runs that case first.</summary>
    [Fact]
    public void Every_randomly_damaged_body_is_read_without_an_exception()
    {
        byte[][] bodies =
        [
            [.. """{"rating": -4.5e1, "leadIds": ["a\n", "\u00e9"], "repeated": true, "x": {"y": [null, {}]}}"""u8],
            [.. """[{"batchCode":"é😀","dueDate":"2026-12-01"},{"rating":10},[0.5,1E-2,false]]"""u8],
            [.. "batchCode=\"R&D\"&leadIds[0]=%C3%A9&leadIds[]=[\"a\"]&rating=4"u8],
        ];
        string[] pieces = ["{", "}", "[", "]", ":", ",", "\"", "\\", "0", "-", ".", "e", "\n", "&", "=", "'", "object Object]"];
        var part = Gen.OneOf(
            Gen.Byte.Array[0, 3],
            Gen.Int[0, pieces.Length - 1].Select(i => System.Text.Encoding.ASCII.GetBytes(pieces[i])));
        var damage = Gen.Select(Gen.Int[0, 200], Gen.Int[0, 3], part);
        Gen.Select(Gen.Int[0, bodies.Length - 1], damage.Array[1, 5], Gen.Bool).Sample(
            (i, damages, isForm) =>
            {
                var (body, format) = (bodies[i], isForm ? BodyFormat.Form : BodyFormat.Json);
                foreach (var (position, removed, added) in damages)
                {
                    var start = position % (body.Length + 1);
                    body = [.. body[..start], .. added, .. body.Skip(start + removed)];
                }
                foreach (var purpose in Enum.GetValues<BodyPurpose>())
                    _ = ReadBody.FromBytes(body, format, purpose: purpose).Outcome;
                new BatchBodyReader(strict: true).ReadArray(
                    new RequestBody((byte[])[(byte)'[', .. body], format), (_, _) => { }, new ValidationErrors());
            },
            iter: 3_000);
    }
}
