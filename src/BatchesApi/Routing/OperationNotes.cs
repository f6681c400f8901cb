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
    public static IEndpointConventionBuilder TakesNoParameters(this IEndpointConventionBuilder route) =>
        route.Unless(static context => ProblemWithParameters(context)).Fails(ProblemCode.InvalidParameter);

    /// <summary>Notes how the operation can fail.</summary>
    public static T Fails<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new OperationFailures(codes));

    /// <summary>Describes routes to the OpenAPI document, which looks for those that have a method.</summary>
    public static T AreDescribed<T>(this T routes)
        where T : IEndpointConventionBuilder
    {
        routes.Add(static endpoint => endpoint.Metadata.Add(endpoint.RequestDelegate!.Method));
        return routes;
    }

    /// <summary>Runs an operation, and answers with its result.</summary>
    public static RequestDelegate Run(Func<HttpContext, Task<IResult>> operation) => async context =>
    {
        var result = await operation(context);
        await result.ExecuteAsync(context);
    };

    private static IEndpointConventionBuilder Unless(this IEndpointConventionBuilder route, Func<HttpContext, Problem?> find)
    {
        route.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => find(context) is { } problem ? problem.ExecuteAsync(context) : next(context);
        });
        return route;
    }

    private static Problem? ProblemWithParameters(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue)
            return null;
        var faults = new Faults();
        QueryParameters.Read(context.Request.Query, [], context.RequestServices.GetRequiredService<RequestSettings>().Strict, faults);
        return faults.Any ? Problem.InvalidParameters(faults) : null;
    }
}
