using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class BodyShapeTests
{
    private const string Example = """{"batchCode":"B-2026-001","batchType":"renewal"}""";

    [Theory]
    [InlineData("""["a"]""", $"is an array. An update changes one batch: send its fields, such as {Example}.")]
    [InlineData("[]", $"is an array. An update changes one batch: send its fields, such as {Example}.")]
    [InlineData("\"batchCode\"", $"is a string. Send an object, such as {Example}.")]
    [InlineData("4", $"is a number. Send an object, such as {Example}.")]
    [InlineData("true", $"is true. Send an object, such as {Example}.")]
    [InlineData("null", $"is null. Send an object, such as {Example}.")]
    public void A_body_that_is_not_an_object_is_malformed(string body, string expected) =>
        Assert.Equal($"The body must be a JSON object, but {expected}", ReadBody.Json(body).Malformed);

    [Theory]
    [InlineData("\"{\\\"rating\\\":4}\"")]
    [InlineData("\" [{}]\"")]
    public void JSON_that_was_encoded_twice_is_recognized(string body)
    {
        const string Expected = "The body is a JSON string that contains JSON: it was encoded twice. Encode it once.";
        Assert.Equal($"{Expected} Send an object, such as {Example}.", ReadBody.Json(body).Malformed);
    }

    [Theory]
    [InlineData("""[{"op":"replace","path":"/rating","value":5}]""")]
    [InlineData("""[{"op":"test","path":"/rating","value":5},{"op":"remove","path":"/notes"}]""")]
    [InlineData("""{"op":"replace","path":"/rating","value":5}""")]
    public void A_JSON_Patch_is_recognized(string body) => Assert.Equal(BodyFormats.JsonPatch, ReadBody.Json(body).Malformed);

    [Theory]
    [InlineData("""{"data":{"rating":4}}""", "The body wraps the batch in 'data'.")]
    [InlineData("""{"data":{}}""", "The body wraps the batch in 'data'.")]
    [InlineData("""{"batch":{"colour":"red"}}""", "The body wraps the batch in 'batch'.")]
    [InlineData("""{"id":"1","payload":{"batchCode":"a"}}""", "The body wraps the batch in 'payload'.")]
    [InlineData("""{"batches":[{"rating":4}]}""", "The body wraps the batches in 'batches'.")]
    [InlineData("""{"items":[{"rating":4},{}]}""", "The body wraps the batches in 'items'.")]
    [InlineData("""{"data":{"type":"batches","attributes":{"rating":4}}}""", "The body is a JSON:API document.")]
    public void A_wrapped_batch_is_recognized(string body, string expected) =>
        Assert.StartsWith(expected, ReadBody.Json(body).Malformed, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"data":4}""", "errors: data")]
    [InlineData("""{"data":[]}""", "errors: data")]
    [InlineData("""{"payload":{"colour":"red"}}""", "errors: payload")]
    [InlineData("""{"rating":4,"data":{"rating":4}}""", "errors: data")]
    [InlineData("""{"op":"replace"}""", "errors: op")]
    [InlineData("""{"op":1,"path":"/rating"}""", "errors: op path")]
    [InlineData("""{"x":{"pa\ud800":1,"attributes\udc00":{}}}""", "errors: x")]
    public void An_unknown_member_that_is_not_a_wrapper_is_an_error(string body, string expected) =>
        Assert.Equal(expected, ReadBody.Json(body).Outcome);

    /// <summary>Following an example must not create or rename a batch.</summary>
    [Theory]
    [InlineData("""["a"]""")]
    [InlineData("4")]
    [InlineData("null")]
    [InlineData("\"{\\\"rating\\\":4}\"")]
    [InlineData("hello")]
    [InlineData("""{"data":{"rating":4}}""")]
    [InlineData("""{"batches":[{"rating":4}]}""")]
    [InlineData("""{"data":{"type":"batches","attributes":{"rating":4}}}""")]
    [InlineData("""{"rating":4}{"rating":5}""", false)]
    public void The_example_for_an_update_has_the_fields_that_it_needs(string body, bool hasExample = true)
    {
        var change = ReadBody.Json(body, purpose: BodyPurpose.Change).Malformed!;
        Assert.Equal(hasExample, change.EndsWith("""such as {"rating":4}.""", StringComparison.Ordinal));
        var replace = ReadBody.Json(body, purpose: BodyPurpose.Replace).Malformed!;
        Assert.Equal(hasExample, replace.EndsWith($"such as {Example}.", StringComparison.Ordinal));
        foreach (var detail in (string[])[change, replace])
            Assert.DoesNotContain("To create", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lenient_reader_ignores_a_wrapper() =>
        Assert.Equal("{}", ReadBody.Json("""{"data":{"rating":4}}""", strict: false).Outcome);
}
