using BatchesApi.Responses;

namespace BatchesApi.Routing;

/// <summary>Notes on operations, in the route table.</summary>
internal static class OperationNotes
{
    /// <summary>Notes what the operation answers; where that has a body, a client must accept its media type.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, OperationAnswer answer)
    {
        route.WithMetadata(answer);
        return answer.Schema is null ? route : route.AddEndpointFilter<RouteHandlerBuilder, AcceptFilter>().Fails(ProblemCode.NotAcceptable);
    }

    /// <summary>Refuses parameters in the query.</summary>
    public static RouteHandlerBuilder TakesNoParameters(this RouteHandlerBuilder route) =>
        route.AddEndpointFilter<RouteHandlerBuilder, NoParametersFilter>().Fails(ProblemCode.InvalidParameter);

    /// <summary>Notes how the operation can fail.</summary>
    public static T Fails<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new OperationFailures(codes));
}
