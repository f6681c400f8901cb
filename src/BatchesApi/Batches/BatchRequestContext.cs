using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>What the operations on batches work with.</summary>
/// <param name="Requests">Reads requests.</param>
/// <param name="Lists">Reads batches.</param>
/// <param name="Histories">Reads the history of batches.</param>
/// <param name="Writer">Writes batches.</param>
/// <param name="Limiter">Limits requests by their number.</param>
/// <param name="Concurrency">Limits requests in flight.</param>
/// <param name="Ids">Makes ids.</param>
/// <param name="Clock">Tells the time.</param>
internal sealed record BatchServices(
    BatchRequestReader Requests,
    BatchReader Lists,
    HistoryReader Histories,
    BatchWriter Writer,
    RequestLimiter Limiter,
    ConcurrencyLimits Concurrency,
    ObjectIdGenerator Ids,
    TimeProvider Clock);

/// <summary>One request for an operation on batches.</summary>
/// <param name="Context">The request and its answer.</param>
/// <param name="Services">What the operation works with.</param>
internal readonly record struct BatchRequestContext(HttpContext Context, BatchServices Services)
{
    /// <summary>The HTTP request.</summary>
    public HttpRequest Request => Context.Request;

    /// <summary>Who calls.</summary>
    public Caller Caller { get; } = Caller.FromContext(Context);

    /// <summary>The id in the address.</summary>
    public string Id => (string)Request.RouteValues["id"]!;

    /// <summary>Ends the work when the client goes away.</summary>
    public CancellationToken Cancellation => Context.RequestAborted;
}
