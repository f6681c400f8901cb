using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>The services of the handlers.</summary>
internal sealed record BatchServices(
    BatchRequestReader RequestReader,
    BatchReader Reader,
    HistoryReader HistoryReader,
    BatchWriter Writer,
    UpsertWriter UpsertWriter,
    BulkWriter BulkWriter,
    LeaseWriter LeaseWriter,
    AccountPolicies Policies,
    RequestLimiter RateLimiter,
    ConcurrencyLimits Concurrency,
    ObjectIdGenerator Ids,
    TimeProvider Clock)
{
    /// <summary>Runs an operation for each request of a route.</summary>
    public RequestDelegate Run(Func<BatchRequestContext, Task<IResult>> operation) =>
        EndpointConventions.ToRequestDelegate(context => operation(new BatchRequestContext(context, this)));
}

/// <summary>One request for an operation on batches.</summary>
internal readonly record struct BatchRequestContext(HttpContext HttpContext, BatchServices Services)
{
    public HttpRequest Request => HttpContext.Request;

    public Caller Caller { get; } = Caller.FromContext(HttpContext);

    private readonly DateTime _now = Services.Clock.GetUtcNowMicroseconds();

    /// <summary>The values of <c>now</c>, <c>today</c> and <c>me</c>, the same for the full request.</summary>
    public RelativeValues RelativeValues => new(_now, Caller.Name);

    /// <summary>The condition on every batch that the caller reads or writes.</summary>
    public Condition Policy => Caller.Policy.Resolve(RelativeValues);

    /// <summary>The id in the path.</summary>
    public string Id => (string)Request.RouteValues["id"]!;

    /// <summary>Requested when the client disconnects.</summary>
    public CancellationToken Cancellation => HttpContext.RequestAborted;
}
