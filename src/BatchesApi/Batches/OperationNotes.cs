using BatchesApi.Responses;

namespace BatchesApi.Batches;

/// <summary>Notes on operations, in the route table.</summary>
internal static class OperationNotes
{
    /// <summary>Notes what the operation answers; where that has a body, a client must accept its media type.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, OperationAnswer answer)
    {
        route.WithMetadata(answer);
        return answer.Schema is null ? route : route.AddEndpointFilter<RouteHandlerBuilder, AcceptFilter>().Fails(ProblemCode.NotAcceptable);
    }

    /// <summary>Notes how the operation can fail.</summary>
    public static T Fails<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new OperationFailures(codes));
}
