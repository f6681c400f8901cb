using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class ProblemTests
{
    [Fact]
    public async Task A_problem_follows_RFC_9457()
    {
        var problem = new Problem(ProblemCode.BatchNotFound, "There's no <batch> \"é\".");

        var context = await new ResponseContext("/api/v2/batches/ab cé").WithAsync(problem);

        var response = context.Http.Response;
        Assert.Equal(404, response.StatusCode);
        Assert.Equal("application/problem+json", response.ContentType);
        Assert.Equal("no-store", response.Headers.CacheControl);
        Assert.Equal("", response.Headers.RetryAfter.ToString());
        Assert.Equal(
            """
            {"type":"http://api.test/problems/batch_not_found","title":"There is no such batch.","status":404,
            "detail":"There's no <batch> \"é\".","instance":"/api/v2/batches/ab%20c%C3%A9",
            "code":"batch_not_found","traceId":"trace-1"}
            """.ReplaceLineEndings(""),
            context.Body);
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(context.Body), response.ContentLength);
    }

    [Fact]
    public async Task The_instance_includes_the_path_base_but_not_the_query()
    {
        var context = new ResponseContext("/api/v2/batches", "?q=secret") { Http = { Request = { PathBase = "/base" } } };

        await context.WithAsync(Problem.BatchNotFound);

        Assert.Equal("/base/api/v2/batches", context.Json.GetProperty("instance").GetString());
    }

    [Theory]
    [InlineData("https", "batches.example.com", "", "https://batches.example.com/problems/batch_not_found")]
    [InlineData("http", "[::1]:5000", "/base", "http://[::1]:5000/base/problems/batch_not_found")]
    [InlineData("http", "", "/base", "/base/problems/batch_not_found")]
    [InlineData("http", "a\"b\\c\r\n<d>\u0001", "", "http://a\"b\\c\r\n<d>\u0001/problems/batch_not_found")]
    public async Task The_type_is_the_URL_of_the_page_of_the_code(string scheme, string host, string pathBase, string expected)
    {
        var context = new ResponseContext("/api/v2/batches")
        {
            Http = { Request = { Scheme = scheme, Headers = { Host = host }, PathBase = pathBase } },
        };

        await context.WithAsync(Problem.BatchNotFound);

        Assert.Equal(expected, context.Json.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Errors_keep_their_order_and_the_names_that_the_client_sent()
    {
        var errors = new ValidationErrors();
        errors.Add("Rating", "is one.");
        errors.Add("leadIds[]", "is two.");
        errors.Add("Rating", "is three.");

        var context = await new ResponseContext("/").WithAsync(Problem.InvalidBody(errors));

        Assert.Equal(400, context.Http.Response.StatusCode);
        Assert.Equal("invalid_body", context.Json.GetProperty("code").GetString());
        Assert.Equal("""{"Rating":["is one.","is three."],"leadIds[]":["is two."]}""", context.Json.GetProperty("errors").GetRawText());
    }

    [Theory]
    [InlineData("\"4\"", "The entity tag of the batch is \"6\", but If-Match requires \"4\". Nothing was changed.")]
    [InlineData("W/\"6\"", "The entity tag of the batch is \"6\", but If-Match requires W/\"6\". Weak tags never match; proxies that "
        + "compress responses make tags weak. Send If-Match: \"6\". Nothing was changed.")]
    [InlineData("W/\"4\"", "The entity tag of the batch is \"6\", but If-Match requires W/\"4\". Weak tags never match; proxies that "
        + "compress responses make tags weak. Send tags without W/. Nothing was changed.")]
    public void A_version_conflict_explains_weak_tags(string ifMatch, string detail) =>
        Assert.Equal(detail, Problem.VersionDiffers(6, changed: null, ifMatch).Detail);

    [Theory]
    [InlineData("database_unavailable")]
    [InlineData("overloaded")]
    [InlineData("not_ready")]
    public async Task A_503_has_Retry_After(string name)
    {
        var context = await new ResponseContext("/").WithAsync(new Problem(ProblemCode.All.Single(code => code.Name == name), "Wait."));

        Assert.Equal(503, context.Http.Response.StatusCode);
        Assert.Equal("1", context.Http.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_trace_id_is_that_of_the_request()
    {
        var context = await new ResponseContext("/").WithAsync(Problem.BatchNotFound);

        Assert.Equal(context.Http.TraceIdentifier, context.Json.GetProperty("traceId").GetString());
    }
}
