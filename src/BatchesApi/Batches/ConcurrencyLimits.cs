using BatchesApi.Access;
using BatchesApi.Concurrency;

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
    public ValueTask BeginListAsync(HttpContext context) => AcquireAsync(context, _lists, 1);

    /// <summary>Counts a create of many batches in flight.</summary>
    /// <exception cref="ConcurrencyLimitException">There were too many for too long.</exception>
    public ValueTask BeginBulkWriteAsync(HttpContext context) => AcquireAsync(context, _bulkWrites, 1);

    /// <summary>Counts the memory of a request's body before it is read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">Maximum size of the body in bytes; a body of unknown size counts as one of this.</param>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public ValueTask ReserveBodyAsync(HttpContext context, int maxBytes) => ReserveAsync(context, Math.Min(context.Request.ContentLength ?? maxBytes, maxBytes));

    /// <summary>Counts the memory of a large body, of a request or a response.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bytes">Its size in bytes.</param>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public ValueTask ReserveAsync(HttpContext context, long bytes)
    {
        var size = (int)(bytes / 1024);
        return size <= SmallBodyKiB ? ValueTask.CompletedTask : AcquireAsync(context, _bodyMemory, size);
    }

    /// <summary>Counts the memory of the response to a write before the write, whose batch may be of any size.</summary>
    /// <returns>To be released early, by <see cref="Release"/>, if the response turns out to be small.</returns>
    /// <exception cref="ConcurrencyLimitException">Others took too much for too long.</exception>
    public async ValueTask<IDisposable> ReserveResponseAsync(HttpContext context)
    {
        var lease = await _bodyMemory.AcquireAsync(Caller.Of(context).AccountId, LargestBatchKiB, context.RequestAborted);
        context.Response.RegisterForDispose(lease);
        return lease;
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

    private static async ValueTask AcquireAsync(HttpContext context, FairLimiter limiter, int permits) =>
        context.Response.RegisterForDispose(await limiter.AcquireAsync(Caller.Of(context).AccountId, permits, context.RequestAborted));
}
