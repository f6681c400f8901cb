using System.Buffers;
using System.Globalization;
using System.Text.Json;
using BatchesApi.Model;

namespace BatchesApi.Responses;

/// <summary>One batch as the answer, with its entity tag.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Keep">The fields to keep.</param>
/// <param name="Location">Where the batch was created; null where it was there before.</param>
internal sealed record BatchResult(Batch Batch, FieldSet Keep, string? Location = null) : IResult
{
    /// <summary>All of the batch.</summary>
    public BatchResult(Batch batch)
        : this(batch, FieldSet.All)
    {
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        response.ContentType = JsonText.MediaType;
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{Batch.Version}\"");
        if (Location is not null)
            response.Headers.Location = Location;

        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            BatchJson.Write(json, Batch, Keep);
        response.ContentLength = buffer.WrittenCount;
        await response.Body.WriteAsync(buffer.WrittenMemory, httpContext.RequestAborted);
    }
}
