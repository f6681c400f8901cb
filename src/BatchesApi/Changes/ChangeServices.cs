using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Http;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Changes;

/// <summary>The services of the handlers.</summary>
internal sealed record ChangeServices(
    BatchRequestReader RequestReader,
    ChangeReader Reader,
    ChangeMonitor Monitor,
    AccountHistoryReader History,
    CredentialCache Credentials,
    ConcurrencyLimits Concurrency,
    ListOptions Lists,
    IHostApplicationLifetime Lifetime,
    TimeProvider Clock)
{
    /// <summary>Runs an operation for each request of a route.</summary>
    public RequestDelegate Run(Func<HttpContext, ChangeServices, Task<IResult>> operation) =>
        EndpointConventions.ToRequestDelegate(context => operation(context, this));
}
