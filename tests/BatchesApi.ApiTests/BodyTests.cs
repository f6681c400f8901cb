using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace BatchesApi.ApiTests;

/// <summary>Request bodies: media types, size, well-formedness (specification, section 4).</summary>
public sealed class BodyTests(ApiServer server)
{
    private const int MaxBytes = 1 << 20;

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON; Charset=\"UTF-8\"")]
    [InlineData("application/json; charset=us-ascii; version=1")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/vnd.batches.v2+json")]
    [InlineData(null)]
    public async Task Every_JSON_media_type_is_accepted(string? contentType)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, Http.Batch(), contentType).JsonAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/xml")]
    [InlineData("application/jsonp")]
    [InlineData("application/json-patch")]
    [InlineData("application/json-patch+json")]
    [InlineData("text/x+json")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/x-www-form-urlencoded; charset=latin1")]
    [InlineData("application")]
    [InlineData("*/*")]
    public async Task Unsupported_media_types_and_charsets_are_415_on_every_route_with_a_body(string contentType)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync("B-0")}";
        foreach (var (method, path) in ((string, string)[])[("POST", Http.Batches), ("PUT", address), ("PATCH", address)])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(Http.Batch()) };
            request.Content.Headers.Remove("Content-Type");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            var problem = await client.SendAsync(request, TestContext.Current.CancellationToken)
                .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
            Assert.Contains("application/json", (string?)problem["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task JSON_without_a_content_type_is_accepted()
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, Http.Batch(), "application/x-www-form-urlencoded").JsonAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(" \t\r\n")]
    [InlineData("\uFEFF")]
    [InlineData("\r\n\uFEFF ")]
    public async Task JSON_labelled_as_a_form_is_accepted_after_white_space(string before)
    {
        const string Form = "application/x-www-form-urlencoded";
        using var client = await server.CreateClientAsync();
        var batch = await client.SendAsync("POST", Http.Batches, before + Http.Batch(), Form).JsonAsync(HttpStatusCode.Created);
        var address = $"{Http.Batches}/{batch.Id()}";
        await client.SendAsync("PATCH", address, before + """{"rating":4}""", Form).JsonAsync();
        await client.SendAsync("PUT", address, before + Http.Batch(), Form).JsonAsync();
        using var several = await client.SendAsync("POST", Http.Batches, $"{before}[{Http.Batch("B-2")}]", Form);
        Assert.Equal(HttpStatusCode.Created, several.StatusCode);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("Identity")]
    [InlineData("")]
    [InlineData("identity, IDENTITY")]
    public async Task A_body_without_an_encoding_is_accepted_whatever_the_header_calls_it(string encoding)
    {
        using var client = await server.CreateClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Http.Batches) { Content = new StringContent(Http.Batch()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        Assert.True(request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding));
        await client.SendAsync(request, TestContext.Current.CancellationToken).JsonAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task An_empty_body_is_malformed_unless_nothing_is_required(string method)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";
        foreach (var body in (string?[])[null, "", " ", "\uFEFF"])
        {
            var problem = await client.SendAsync(method, method == "POST" ? Http.Batches : address, body)
                .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
            Assert.StartsWith("The body is empty. Send a batch", (string?)problem["detail"], StringComparison.Ordinal);
            Assert.Equal(1, (int?)(await client.SendAsync("PATCH", address, body).JsonAsync())["version"]);
        }
    }

    [Theory]
    [InlineData("""[{"op":"replace","path":"/rating","value":5}]""", "JSON Patch is not supported.")]
    [InlineData("""{"data":{"rating":5}}""", "The body wraps the batch in 'data'.")]
    [InlineData("""{"batches":[{"rating":5}]}""", "The body wraps batches in 'batches'. An update changes one batch")]
    [InlineData("""{"data":{"type":"batches","attributes":{"rating":5}}}""", "The body is a JSON:API document.")]
    [InlineData("\"{\\\"rating\\\":5}\"", "The body is a JSON string that contains JSON: it was encoded twice.")]
    [InlineData("""[{"rating":5}]""", "The body must be a JSON object, but is an array.")]
    [InlineData("{'rating':5}", "The body is not valid JSON: error at line 1, byte 2. Write names and strings in double quotes")]
    public async Task The_problem_of_a_body_of_another_shape_contains_what_to_send(string body, string detail)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";
        using var response = await client.SendAsync("PATCH", address, body);
        var problem = response.Problem(await response.TextAsync(HttpStatusCode.BadRequest));
        Assert.StartsWith(detail, (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(1, (int?)(await client.GetJsonAsync(address))["version"]);
    }

    [Fact]
    public async Task Fields_of_Mongoose_are_accepted_and_ignored()
    {
        const string Mongoose = "\"_id\":{\"$oid\":\"63a5b84c53e1218321c55572\"},\"__v\":3";
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch(more: Mongoose));
        var address = $"{Http.Batches}/{batch.Id()}";

        Assert.False(batch.ContainsKey("_id"));
        Http.AssertSame(batch, await client.SendAsync("PUT", address, Http.Batch(more: Mongoose)).JsonAsync());
        Http.AssertSame(batch, await client.SendAsync("PATCH", address, "_id=x&__v=1", "application/x-www-form-urlencoded").JsonAsync());
        using var several = await client.SendAsync("POST", Http.Batches, $"[{Http.Batch("B-2", Mongoose)}]");
        Assert.Equal(HttpStatusCode.Created, several.StatusCode);
        Assert.Equal(
            ["_id: must not be given more than once."],
            await client.SendAsync("PATCH", address, """{"_id":1,"_id":2}""").ValidationErrorsAsync("invalid_body"));
    }

    [Fact]
    public async Task Bodies_with_very_many_or_very_long_names_and_values_get_small_problems()
    {
        using var client = await server.CreateClientAsync();
        foreach (var body in (string[])
        [
            $"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"{i}\":1"))}}}",
            $"{{{string.Join(',', Enumerable.Range(0, 900).Select(i => $"\"{i}{new string('x', 1_000)}\":1"))}}}",
            $$"""{"{{new string('x', 1_000_000)}}":1}""",
            $$"""{"dueDate":"{{new string('x', 500_000)}}","rating":{{new string('9', 500_000)}}}""",
            $$"""{"leadIds":[{{string.Join(',', Enumerable.Repeat("1", 500_000))}}]}""",
        ])
        {
            using var response = await client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", body);
            Assert.InRange((await response.TextAsync(HttpStatusCode.BadRequest)).Length, 100, 250_000);
        }
    }

    [Theory]
    [InlineData("ffffffff")]
    [InlineData("7fffffffffffffff")]
    [InlineData("xyz")]
    public async Task A_malformed_chunk_is_400(string size)
    {
        var (_, key) = await server.CreateKeyAsync();
        var (head, body) = await RawHttp.SendAsync(
            server.Address, $"POST {Http.Batches}", $"Authorization: Bearer {key}", "Transfer-Encoding: chunked", $"\r\n{size}");
        Assert.StartsWith("HTTP/1.1 400 ", head, StringComparison.Ordinal);
        Assert.Contains("bad_request", body, StringComparison.Ordinal);
        Assert.Contains("or in valid chunks", body, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Expires:", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Pragma:", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_is_415()
    {
        using var client = await server.CreateClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Http.Batches) { Content = new StringContent(Http.Batch()) };
        request.Content.Headers.ContentEncoding.Add("gzip");
        await client.SendAsync(request, TestContext.Current.CancellationToken)
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"batchCode":"B-1","batchType":"x" """)]
    [InlineData("""{"batchCode":"B-1","batchType":"x"}}""")]
    [InlineData("""{"batchCode":"B-1","batchType":"x",}""")]
    [InlineData("""{"batchCode":"B-1" /* no */,"batchType":"x"}""")]
    [InlineData("{'batchCode':'B-1'}")]
    [InlineData("{batchCode:\"B-1\"}")]
    [InlineData("""{"rating":NaN}""")]
    [InlineData("""{"rating":01}""")]
    [InlineData("""{"rating":+1}""")]
    [InlineData("{\"notes\":\"line\nbreak\"}")]
    [InlineData("nonsense")]
    [InlineData("   ")]
    [InlineData("[")]
    [InlineData("\"text\"")]
    [InlineData("42")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}")]
    public async Task A_body_that_is_not_a_JSON_object_is_malformed(string body)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task The_error_for_malformed_JSON_has_the_line_and_byte()
    {
        using var client = await server.CreateClientAsync();
        var problem = await client.SendAsync("POST", Http.Batches, "{\n  \"rating\": x}")
            .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Contains("at line 2, byte 13", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_is_limited_to_16_levels()
    {
        using var client = await server.CreateClientAsync();
        static string Nested(int depth) => $$"""{"x":{{new string('[', depth - 1)}}{{new string(']', depth - 1)}}}""";

        Assert.Equal(
            ["x: is not a field of a batch."],
            await client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", Nested(16)).ValidationErrorsAsync("invalid_body"));
        foreach (var depth in (int[])[17, 500_000])
        {
            await client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", Nested(depth))
                .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        }
    }

    [Theory]
    [InlineData("""{"batchCode":"B-1","batchType":"a","batchType":"a"}""", "batchType: must not be given more than once.")]
    [InlineData("""{"batchCode":"B-1","batchType":"a","batch\u0054ype":"b"}""", "batchType: must not be given more than once.")]
    [InlineData("""{"batchCode":"B-1","batchType":"a","id":1,"id":1}""", "id: must not be given more than once.")]
    [InlineData(
        """{"batchCode":"B-1","batchType":"a","leadIds":[{"a":1,"a":2}]}""", "leadIds: must not contain an object with duplicate names.")]
    public async Task A_duplicate_member_is_rejected(string body, string error)
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal([error], await client.SendAsync("POST", Http.Batches, body).ValidationErrorsAsync("invalid_body"));
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped_and_invalid_UTF_8_is_malformed()
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, "\uFEFF" + Http.Batch()).JsonAsync(HttpStatusCode.Created);

        var latin1 = new ByteArrayContent(Encoding.Latin1.GetBytes(Http.Batch("\u00E9", "\"notes\":\"\u00E9\"")));
        latin1.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await client.PostAsync(Http.Batches, latin1, TestContext.Current.CancellationToken)
            .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    [InlineData("PUT", true)]
    [InlineData("PATCH", false)]
    public async Task A_body_of_1_MiB_is_accepted_and_a_larger_one_is_413(string method, bool chunked)
    {
        using var client = await server.CreateClientAsync();
        var path = method == "POST" ? Http.Batches : $"{Http.Batches}/{await client.CreateIdAsync("B-0")}";
        Task<HttpResponseMessage> SendAsync(int bytes)
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path)
            {
                Content = new StringContent(Http.Batch().PadRight(bytes), Encoding.UTF8, "application/json"),
            };
            request.Headers.TransferEncodingChunked = chunked;
            return client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        await SendAsync(MaxBytes).JsonAsync(method == "POST" ? HttpStatusCode.Created : HttpStatusCode.OK);
        await SendAsync(MaxBytes + 1).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        await SendAsync(30 * MaxBytes).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");

        Assert.Single(await client.ListAsync(Http.Batches));
    }
}
