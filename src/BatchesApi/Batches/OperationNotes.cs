using BatchesApi.Responses;

namespace BatchesApi.Batches;

/// <summary>The parameters that an operation takes besides its path, for the OpenAPI document.</summary>
internal enum OperationParameters
{
    /// <summary>Those of a list.</summary>
    List,

    /// <summary>Those of a retrieve.</summary>
    Retrieve,
}

/// <summary>The body that an operation takes, for the OpenAPI document.</summary>
internal enum OperationBody
{
    /// <summary>A whole batch.</summary>
    Whole,

    /// <summary>Some fields of a batch, or none.</summary>
    Partial,
}

/// <summary>What an operation answers when it succeeds.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Description">What the answer is.</param>
/// <param name="Schema">The schema of its body in the OpenAPI document; null where it has none.</param>
/// <param name="Headers">Its own headers.</param>
internal sealed record OperationAnswer(int Status, string Description, string? Schema, params string[] Headers)
{
    /// <summary>A page of living batches.</summary>
    public static OperationAnswer Page { get; } = new(200, "A page of batches.", "BatchPage", "Link", "X-Total-Count");

    /// <summary>A page of deleted batches.</summary>
    public static OperationAnswer DeletedPage { get; } = new(200, "A page of deleted batches.", "DeletedBatchPage", "Link", "X-Total-Count");

    /// <summary>A living batch.</summary>
    public static OperationAnswer Batch { get; } = new(200, "The batch.", "Batch", "ETag");

    /// <summary>A deleted batch.</summary>
    public static OperationAnswer DeletedBatch { get; } = new(200, "The deleted batch.", "DeletedBatch", "ETag");

    /// <summary>The batch that was created.</summary>
    public static OperationAnswer Created { get; } = new(201, "The batch, as created.", "Batch", "ETag", "Location");

    /// <summary>No body.</summary>
    public static OperationAnswer NoContent { get; } = new(204, "Done; there is no body.", null);
}

/// <summary>How an operation can fail.</summary>
/// <param name="Codes">The problems that it can answer with.</param>
internal sealed record OperationFailures(params ProblemCode[] Codes);

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
