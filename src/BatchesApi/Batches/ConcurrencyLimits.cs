using BatchesApi.Access;
using BatchesApi.Concurrency;
using Microsoft.AspNetCore.Http.Features;

namespace BatchesApi.Batches;

/// <summary>Limits on expensive requests in flight.</summary>
/// <param name="Lists">Lists and histories.</param>
/// <param name="BulkWrites">Writes of several batches.</param>
/// <param name="BodyMemory">Memory for large bodies, in KiB.</param>
/// <param name="Waits">Requests that wait for changes.</param>
/// <param name="MaxBulkBytes">Maximum size in bytes of the response to a bulk write.</param>
internal sealed record ConcurrencyOptions(
    FairLimiterOptions Lists, FairLimiterOptions BulkWrites, FairLimiterOptions BodyMemory, FairLimiterOptions Waits, int MaxBulkBytes);

/// <summary>Limits expensive requests in flight, per account and in total. A request keeps its permits until its response is sent, because
/// it uses the memory until then. Every method throws <see cref="ConcurrencyLimitException"/> if permits do not become free in
/// time.</summary>
internal sealed class ConcurrencyLimits(ConcurrencyOptions options) : IDisposable
{
    /// <summary>Maximum size in bytes of the response with one batch: a character of an id takes at most 12 bytes of JSON.</summary>
    public const int MaxBatchBytes = 1_700 * 1024;

    /// <summary>Bodies up to this size are not counted: the limits on requests bound them.</summary>
    private const int SmallBodyKiB = 64;

    private readonly FairLimiter _lists = new(options.Lists);
    private readonly FairLimiter _bulkWrites = new(options.BulkWrites);
    private readonly FairLimiter _bodyMemory = new(options.BodyMemory);
    private readonly FairLimiter _waits = new(options.Waits);

    /// <summary>Maximum size in bytes of the response to a bulk write.</summary>
    public int MaxBulkBytes { get; } = options.MaxBulkBytes;

    public async ValueTask BeginListAsync(HttpContext context) => await AcquireAsync(context, _lists, 1);

    /// <summary>Begins a list that ends before the response does.</summary>
    public ValueTask<IDisposable> AcquireListAsync(HttpContext context) =>
        _lists.AcquireAsync(Caller.FromContext(context).AccountId, 1, context.RequestAborted);

    public async ValueTask BeginWaitAsync(HttpContext context) => await AcquireAsync(context, _waits, 1);

    public async ValueTask BeginBulkWriteAsync(HttpContext context) => await AcquireAsync(context, _bulkWrites, 1);

    /// <summary>Reserves memory for a large request body before it is read, and for the response. Both are reserved together, because
    /// requests that hold one and wait for the other would deadlock.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">Maximum size of the body in bytes, which is also assumed for a body of unknown size.</param>
    /// <param name="responseBytes">Maximum size of the response in bytes, if it may be large.</param>
    /// <returns>The reservation. Null for a small body: its response is reserved once the body has arrived, so that slow clients hold
    /// nothing.</returns>
    public async ValueTask<IDisposable?> ReserveBodyAsync(HttpContext context, int maxBytes, int responseBytes = 0)
    {
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        var size = hasBody ? ToKiB(Math.Min(context.Request.ContentLength ?? maxBytes, maxBytes)) : 0;
        return size > SmallBodyKiB ? await AcquireAsync(context, _bodyMemory, size + ToKiB(responseBytes)) : null;
    }

    /// <summary>Reserves memory for a response, unless it is small. A write reserves the maximum before it knows the size.</summary>
    public async ValueTask<IDisposable?> ReserveResponseAsync(HttpContext context, long bytes)
    {
        var size = ToKiB(bytes);
        return size > SmallBodyKiB ? await AcquireAsync(context, _bodyMemory, size) : null;
    }

    /// <summary>Releases a reservation early if the response turns out to be small.</summary>
    public static void ReleaseIfSmall(IDisposable? reservation, long responseBytes)
    {
        if (ToKiB(responseBytes) <= SmallBodyKiB)
            reservation?.Dispose();
    }

    public void Dispose()
    {
        _lists.Dispose();
        _bulkWrites.Dispose();
        _bodyMemory.Dispose();
        _waits.Dispose();
    }

    private static int ToKiB(long bytes) => (int)(bytes / 1024);

    private static async ValueTask<IDisposable> AcquireAsync(HttpContext context, FairLimiter limiter, int permits)
    {
        var lease = await limiter.AcquireAsync(Caller.FromContext(context).AccountId, permits, context.RequestAborted);
        context.Response.RegisterForDispose(lease);
        return lease;
    }
}
