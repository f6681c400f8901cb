using BatchesApi.Access;
using BatchesApi.Access.Limits;
using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Writing;

namespace BatchesApi.Batches;

/// <summary>What every operation on batches works with.</summary>
/// <param name="Request">The HTTP request.</param>
/// <param name="Caller">Who calls.</param>
/// <param name="Requests">Reads the request.</param>
/// <param name="Lists">Reads batches.</param>
/// <param name="Histories">Reads the history of batches.</param>
/// <param name="Writer">Writes batches.</param>
/// <param name="Limiter">Limits requests.</param>
/// <param name="Ids">Makes ids.</param>
/// <param name="Clock">Tells the time.</param>
/// <param name="Cancellation">Ends the work when the client goes away.</param>
internal readonly record struct BatchCall(
    HttpRequest Request,
    Caller Caller,
    BatchRequests Requests,
    ListRunner Lists,
    HistoryReader Histories,
    BatchWriter Writer,
    RequestLimiter Limiter,
    ObjectId Ids,
    TimeProvider Clock,
    CancellationToken Cancellation);
