using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class StoredResponseResultTests
{
    private static readonly Batch Batch = new() { Id = "63a5b84c53e1218321c55572", Version = 12 };

    [Fact]
    public async Task A_batch_is_answered_with_its_version_as_entity_tag()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Create(Batch, FieldSet.All)));

        var response = context.Http.Response;
        Assert.Equal(200, response.StatusCode);
        Assert.Equal("application/json", response.ContentType);
        Assert.Equal("\"12\"", response.Headers.ETag);
        Assert.False(response.Headers.ContainsKey("Location"));
        Assert.False(response.Headers.ContainsKey("Idempotent-Replayed"));
        Assert.Equal(context.Body.Length, response.ContentLength);
        Assert.Equal(12, context.Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_new_batch_is_answered_with_its_address()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Created(Batch, "/b/1")));

        Assert.Equal(201, context.Http.Response.StatusCode);
        Assert.Equal("http://api.test/b/1", context.Http.Response.Headers.Location);
    }

    [Fact]
    public async Task Only_the_kept_fields_are_answered() => Assert.Equal(
        """{"id":"63a5b84c53e1218321c55572"}""",
        (await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Create(Batch, default(FieldSet).With(BatchFields.Id))))).Body);

    [Fact]
    public async Task New_batches_are_answered_as_an_array_without_headers_of_their_own()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Created([Batch, Batch])));

        Assert.Equal(201, context.Http.Response.StatusCode);
        Assert.Equal(2, context.Json.GetArrayLength());
        Assert.False(context.Http.Response.Headers.ContainsKey("Location"));
        Assert.False(context.Http.Response.Headers.ContainsKey("ETag"));
    }

    [Fact]
    public async Task A_replay_says_so() => Assert.Equal(
        "true",
        (await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Create(Batch, FieldSet.All), IsReplay: true))).Http.Response.Headers["Idempotent-Replayed"]);
}
