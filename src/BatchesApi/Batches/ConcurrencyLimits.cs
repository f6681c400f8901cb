using BatchesApi.Access;
using BatchesApi.Concurrency;
using Microsoft.AspNetCore.Http.Features;

namespace BatchesApi.Batches;

/// <summary>The bounds on requests in flight that take much of the server.</summary>
/// <param name="Lists">Lists, histories included.</param>
/// <param name="BulkWrites">Creates of many batches.</param>
/// <param name="BodyMemory">Memory for large bodies, in KiB.</param>
internal sealed record ConcurrencyOptions(FairLimiterOptions Lists, FairLimiterOptions BulkWrites, FairLimiterOptions BodyMemory);

/// <summary>Bounds requests in flight, for each account and in total. What a request acquires it has until its response was sent, since its memory is in use until then.</summary>
internal sealed class ConcurrencyLimits(ConcurrencyOptions options) : IDisposable
{
    /// <summary>Bodies up to this size are not counted: the limits on requests bound them.</summary>
    private const int SmallBodyKiB = 64;

    /// <summary>Size of the largest batch as JSON: a character of an id takes 12 bytes at most.</summary>
    private const int LargestBatchKiB = 1_700;

    private readonly FairLimiter _lists = new(options.Lists);
    private readonly FairLimiter _bulkWrites = new(options.BulkWrites);
    private readonly FairLimiter _bodyMemory = new(options.BodyMemory);

    /// <summary>Counts a list in flight.</summary>
    /// <exception cref="ConcurrencyLimitException">There were too many for too long.</exception>
    public async ValueTask BeginListAsync(HttpContext context) => await AcquireAsync(context, _lists, 1);

    /// <summary>Counts a create of many batches in flight.</summary>
    /// <exception cref="ConcurrencyLimitException">There were too many for too long.</exception>
    public async ValueTask BeginBulkWriteAsync(HttpContext context) => await AcquireAsync(context, _bulkWrites, 1);

    /// <summary>Counts the memory of a request's body before it is read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">Maximum size of the body in bytes; a body of unknown size counts as one of this.</param>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public ValueTask ReserveBodyAsync(HttpContext context, int maxBytes) => ReserveAsync(context, BodyKiB(context, maxBytes));

    /// <summary>Counts the memory of a response.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bytes">Its size in bytes.</param>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public ValueTask ReserveResponseAsync(HttpContext context, long bytes) => ReserveAsync(context, (int)(bytes / 1024));

    /// <summary>Counts the memory of the response to a write before the write, whose batch may be of any size.</summary>
    /// <returns>To be released early, by <see cref="Release"/>, if the response turns out to be small.</returns>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public ValueTask<IDisposable> ReserveResponseAsync(HttpContext context) => AcquireAsync(context, _bodyMemory, LargestBatchKiB);

    /// <summary>Counts the memory of a large body and of the response together, since requests that have the one and wait for the other would wait for each
    /// other. With a small body the response is counted once the body has arrived, so that slow clients hold nothing.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">Maximum size of the body in bytes; a body of unknown size counts as one of this.</param>
    /// <returns>As <see cref="ReserveResponseAsync(HttpContext)"/>; null if the body is small.</returns>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public async ValueTask<IDisposable?> ReserveBodyAndResponseAsync(HttpContext context, int maxBytes)
    {
        var size = BodyKiB(context, maxBytes);
        return size <= SmallBodyKiB ? null : await AcquireAsync(context, _bodyMemory, size + LargestBatchKiB);
    }

    /// <summary>Releases what was counted for a response, unless it is large.</summary>
    /// <param name="lease">What was counted.</param>
    /// <param name="bytes">Size of the response in bytes.</param>
    public static void Release(IDisposable lease, long bytes)
    {
        if (bytes / 1024 <= SmallBodyKiB)
            lease.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lists.Dispose();
        _bulkWrites.Dispose();
        _bodyMemory.Dispose();
    }

    private static int BodyKiB(HttpContext context, int maxBytes) => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false
        ? 0
        : (int)(Math.Min(context.Request.ContentLength ?? maxBytes, maxBytes) / 1024);

    private async ValueTask ReserveAsync(HttpContext context, int size)
    {
        if (size > SmallBodyKiB)
            await AcquireAsync(context, _bodyMemory, size);
    }

    private static async ValueTask<IDisposable> AcquireAsync(HttpContext context, FairLimiter limiter, int permits)
    {
        var lease = await limiter.AcquireAsync(Caller.FromContext(context).AccountId, permits, context.RequestAborted);
        context.Response.RegisterForDispose(lease);
        return lease;
    }
}
