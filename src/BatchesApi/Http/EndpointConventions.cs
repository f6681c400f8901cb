using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Notes on operations, in the route table, and the checks that follow from them.</summary>
internal static class EndpointConventions
{
    /// <summary>Notes who may use the routes.</summary>
    public static T RequireScope<T>(this T routes, RouteAccess access)
        where T : IEndpointConventionBuilder => routes.WithMetadata(access);

    /// <summary>Notes what the operation answers; where that has a body, a client must accept its media type.</summary>
    public static IEndpointConventionBuilder ProducesResponse(this IEndpointConventionBuilder route, ResponseMetadata response)
    {
        route.WithMetadata(response);
        return response.Schema is null ? route : route.AddGuard(static context => ContentNegotiation.FindProblem(context.Request)).ProducesProblems(ProblemCode.NotAcceptable);
    }

    /// <summary>Refuses parameters in the query.</summary>
    public static IEndpointConventionBuilder RejectQueryParameters(this IEndpointConventionBuilder route) =>
        route.AddGuard(static context => FindParameterProblem(context)).ProducesProblems(ProblemCode.InvalidParameter);

    /// <summary>Notes how the operation can fail.</summary>
    public static T ProducesProblems<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new ProblemMetadata(codes));

    /// <summary>Describes routes to the OpenAPI document, which looks for those that have a method.</summary>
    public static T WithOpenApiMethod<T>(this T routes)
        where T : IEndpointConventionBuilder
    {
        routes.Add(static endpoint => endpoint.Metadata.Add(endpoint.RequestDelegate!.Method));
        return routes;
    }

    /// <summary>Runs an operation, and answers with its result.</summary>
    public static RequestDelegate ToRequestDelegate(Func<HttpContext, Task<IResult>> operation) => async context =>
    {
        var result = await operation(context);
        await result.ExecuteAsync(context);
    };

    private static IEndpointConventionBuilder AddGuard(this IEndpointConventionBuilder route, Func<HttpContext, Problem?> find)
    {
        route.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => find(context) is { } problem ? problem.ExecuteAsync(context) : next(context);
        });
        return route;
    }

    private static Problem? FindParameterProblem(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue)
            return null;
        var errors = new ValidationErrors();
        QueryParameters.Parse(context.Request.Query, [], context.RequestServices.GetRequiredService<RequestOptions>().Strict, errors);
        return errors.HasErrors ? Problem.InvalidParameters(errors) : null;
    }
}
