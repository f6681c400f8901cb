using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class StoredResponseResultTests
{
    private static readonly Batch Batch = new() { Id = "63a5b84c53e1218321c55572", Version = 12 };

    [Fact]
    public async Task The_entity_tag_of_a_batch_is_its_version()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Ok(Batch, FieldSet.All)));

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
    public async Task A_created_batch_has_a_location()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Created(Batch, "/b/1")));

        Assert.Equal(201, context.Http.Response.StatusCode);
        Assert.Equal("http://api.test/b/1", context.Http.Response.Headers.Location);
    }

    [Fact]
    public async Task A_batch_has_only_the_requested_fields()
    {
        var response = BatchResponses.Ok(Batch, default(FieldSet).With(BatchFields.Id));

        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(response));

        Assert.Equal("""{"id":"63a5b84c53e1218321c55572"}""", context.Body);
    }

    [Fact]
    public async Task Created_batches_are_an_array_without_ETag_and_Location()
    {
        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(BatchResponses.Array([Batch, Batch], created: 2)));

        Assert.Equal(201, context.Http.Response.StatusCode);
        Assert.Equal(2, context.Json.GetArrayLength());
        Assert.False(context.Http.Response.Headers.ContainsKey("Location"));
        Assert.False(context.Http.Response.Headers.ContainsKey("ETag"));
    }

    [Fact]
    public async Task A_replay_is_marked_by_a_header()
    {
        var response = BatchResponses.Ok(Batch, FieldSet.All);

        var context = await new ResponseContext("/").WithAsync(new StoredResponseResult(response, IsReplay: true));

        Assert.Equal("true", context.Http.Response.Headers["Idempotent-Replayed"]);
    }
}
