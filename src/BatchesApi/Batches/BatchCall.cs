using BatchesApi.Access;
using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying;

namespace BatchesApi.Batches;

/// <summary>What every operation on batches works with.</summary>
/// <param name="Request">The HTTP request.</param>
/// <param name="Caller">Who calls.</param>
/// <param name="Requests">Reads the request.</param>
/// <param name="Db">The database.</param>
/// <param name="Lists">Runs lists.</param>
/// <param name="Ids">Makes ids.</param>
/// <param name="Clock">Tells the time.</param>
/// <param name="Cancellation">Ends the work when the client goes away.</param>
internal readonly record struct BatchCall(
    HttpRequest Request,
    Caller Caller,
    BatchRequests Requests,
    BatchesContext Db,
    ListRunner Lists,
    ObjectId Ids,
    TimeProvider Clock,
    CancellationToken Cancellation);
