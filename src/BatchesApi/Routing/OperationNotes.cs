using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Routing;

/// <summary>Notes on operations, in the route table, and the checks that follow from them.</summary>
internal static class OperationNotes
{
    /// <summary>Notes who may use the routes.</summary>
    public static T IsFor<T>(this T routes, RouteAccess access)
        where T : IEndpointConventionBuilder => routes.WithMetadata(access);

    /// <summary>Notes what the operation answers; where that has a body, a client must accept its media type.</summary>
    public static IEndpointConventionBuilder Answers(this IEndpointConventionBuilder route, OperationAnswer answer)
    {
        route.WithMetadata(answer);
        return answer.Schema is null ? route : route.Unless(static context => Acceptable.ProblemWith(context.Request)).Fails(ProblemCode.NotAcceptable);
    }

    /// <summary>Refuses parameters in the query.</summary>
    /// <param name="route">The route.</param>
    /// <param name="settings">How strictly to read requests.</param>
    public static IEndpointConventionBuilder TakesNoParameters(this IEndpointConventionBuilder route, RequestSettings settings) =>
        route.Unless(context => ProblemWithParameters(context.Request, settings)).Fails(ProblemCode.InvalidParameter);

    /// <summary>Notes how the operation can fail.</summary>
    public static T Fails<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new OperationFailures(codes));

    /// <summary>Describes a route to the OpenAPI document, which looks for those that have a method.</summary>
    public static IEndpointConventionBuilder IsDescribed(this IEndpointConventionBuilder route)
    {
        route.Add(static endpoint => endpoint.Metadata.Add(endpoint.RequestDelegate!.Method));
        return route;
    }

    private static IEndpointConventionBuilder Unless(this IEndpointConventionBuilder route, Func<HttpContext, Problem?> find)
    {
        route.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => find(context) is { } problem ? problem.ExecuteAsync(context) : next(context);
        });
        return route;
    }

    private static Problem? ProblemWithParameters(HttpRequest request, RequestSettings settings)
    {
        if (!request.QueryString.HasValue)
            return null;
        var faults = new Faults();
        QueryParameters.Read(request.Query, [], settings.Strict, faults);
        return faults.Any ? Problem.InvalidParameters(faults) : null;
    }
}
