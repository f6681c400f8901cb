using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Routing;

/// <summary>Refuses parameters in the query of an operation that takes none.</summary>
internal sealed class NoParametersFilter(RequestSettings settings) : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var faults = new Faults();
        QueryParameters.Read(context.HttpContext.Request.Query, [], settings.Strict, faults);
        return faults.Any ? ValueTask.FromResult<object?>(Problem.InvalidParameters(faults)) : next(context);
    }
}
