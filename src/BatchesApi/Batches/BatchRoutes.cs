using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Batches;

/// <summary>The operations on batches (specification, section 2).</summary>
internal static class BatchRoutes
{
    /// <summary>Where batches live.</summary>
    public const string Path = "/api/v2/batches";

    /// <summary>Any id but the word that leads to the deleted ones: otherwise they would seem to take the methods of a batch.</summary>
    private const string ActiveId = "/{id:regex(^(?!deleted$))}";

    private static readonly ProblemCode[] BodyProblems = [InvalidBody, MalformedBody, BatchCodeTaken, BodyTooLarge, UnsupportedMediaType];

    /// <summary>Maps the operations.</summary>
    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<BatchServices>();
        RequestDelegate Run(Func<BatchRequestContext, Task<IResult>> operation) => EndpointConventions.ToRequestDelegate(context => operation(new BatchRequestContext(context, services)));

        var batches = routes.MapGroup(Path)
            .WithTags("Batches")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Read)
            .ProducesProblems(Unauthenticated, InvalidToken, RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        batches.MapGet("", Run(BatchReadHandlers.List))
            .WithName("listBatches")
            .WithSummary("List all batches")
            .WithDescription("Returns a page of the batches, the most recent first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(BatchParameters.List)
            .ProducesResponse(ResponseMetadata.Page)
            .ProducesProblems(InvalidParameter, PageTooLarge, ListTimeout, TooManyLists);

        batches.MapPost("", Run(BatchWriteHandlers.Create))
            .WithName("createBatch")
            .WithSummary("Create a batch, or several")
            .WithDescription("Creates a batch from an object; from an array, 1 to 1,000 batches, all or none. `batchCode` and `batchType` are required, every other "
                + "field is optional.")
            .RequireScope(RouteAccess.Write)
            .WithMetadata(RequestBodyMetadata.CreateOneOrMore)
            .WithMetadata(BatchParameters.Create)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Created)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, IdempotencyKeyInFlight, IdempotencyKeyReused)
            .ProducesProblems(BodyProblems);

        batches.MapGet(ActiveId, Run(BatchReadHandlers.Retrieve))
            .WithName("retrieveBatch")
            .WithSummary("Retrieve a batch")
            .WithDescription("Returns the batch with this id, unless it is deleted.")
            .WithMetadata(BatchParameters.Retrieve)
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesResponse(ResponseMetadata.NotModified)
            .ProducesProblems(InvalidParameter, BatchNotFound);

        batches.MapPut(ActiveId, Run(BatchWriteHandlers.Update))
            .WithName("updateBatch")
            .WithSummary("Update a batch")
            .WithDescription("Replaces every field: what is not passed goes to its default. To change some fields only, use PATCH.")
            .RequireScope(RouteAccess.Write)
            .WithMetadata(RequestBodyMetadata.Create)
            .WithMetadata(BatchParameters.Change)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers)
            .ProducesProblems(BodyProblems);

        batches.MapPatch(ActiveId, Run(BatchWriteHandlers.Patch))
            .WithName("updateBatchSoft")
            .WithSummary("Update a batch softly")
            .WithDescription("Sets the fields that are passed and leaves the rest as it is; null clears a field (RFC 7396).")
            .RequireScope(RouteAccess.Write)
            .WithMetadata(RequestBodyMetadata.Patch)
            .WithMetadata(BatchParameters.Change)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers)
            .ProducesProblems(BodyProblems);

        batches.MapGet($"{ActiveId}/history", Run(BatchReadHandlers.History))
            .WithName("retrieveBatchHistory")
            .WithSummary("Retrieve the history of a batch")
            .WithDescription("Returns who changed the batch, when and how, the newest change first, as far back as the server keeps it. The batch may be deleted. A page ends "
                + "early where its changes are large. It is not for keys with a policy: it would tell of batches as they were before they met it.")
            .WithMetadata(BatchParameters.History)
            .ProducesResponse(ResponseMetadata.History)
            .ProducesProblems(InvalidParameter, HistoryHidden, BatchNotFound, TooManyLists);

        var deleted = batches.MapGroup("/deleted");

        deleted.MapGet("", Run(BatchReadHandlers.ListDeleted))
            .WithName("listDeletedBatches")
            .WithSummary("List deleted batches")
            .WithDescription("Returns a page of the deleted batches, the newest deletion first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(BatchParameters.DeletedList)
            .ProducesResponse(ResponseMetadata.DeletedPage)
            .ProducesProblems(InvalidParameter, PageTooLarge, ListTimeout, TooManyLists);

        deleted.MapGet("/{id}", Run(BatchReadHandlers.RetrieveDeleted))
            .WithName("retrieveDeletedBatch")
            .WithSummary("Retrieve a deleted batch")
            .WithDescription("Returns the deleted batch with this id.")
            .WithMetadata(BatchParameters.Retrieve)
            .ProducesResponse(ResponseMetadata.DeletedBatch)
            .ProducesResponse(ResponseMetadata.NotModified)
            .ProducesProblems(InvalidParameter, BatchNotFound);

        deleted.MapDelete("/{id}", Run(BatchWriteHandlers.Delete))
            .WithName("deleteBatch")
            .WithSummary("Delete a batch")
            .WithDescription("Moves the batch to the deleted ones, from where it can be restored. Its code is free at once.")
            .RequireScope(RouteAccess.Write)
            .WithMetadata(BatchParameters.Change)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers);

        deleted.MapPost("/{id}/restore", Run(BatchWriteHandlers.Restore))
            .WithName("restoreBatch")
            .WithSummary("Restore a deleted batch")
            .WithDescription("Brings a deleted batch back to life, unless another batch has taken its code meanwhile.")
            .RequireScope(RouteAccess.Write)
            .WithMetadata(BatchParameters.Restore)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Restored)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, BatchCodeTaken, VersionDiffers, IdempotencyKeyInFlight, IdempotencyKeyReused)
            .ProducesProblems(BodyTooLarge);
    }
}
