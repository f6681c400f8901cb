using BatchesApi.Responses;
using BatchesApi.Routing;
using static BatchesApi.Responses.ProblemCode;

namespace BatchesApi.Batches;

/// <summary>The operations on batches (contract, section 2).</summary>
internal static class BatchRoutes
{
    /// <summary>Where batches live.</summary>
    public const string Path = "/api/v2/batches";

    /// <summary>Any id but the word that leads to the deleted ones: otherwise they would seem to take the methods of a batch.</summary>
    private const string Living = "/{id:regex(^(?!deleted$))}";

    private static readonly ProblemCode[] BodyFaults = [InvalidBody, MalformedBody, BatchCodeTaken, BodyTooLarge, UnsupportedMediaType];

    /// <summary>Maps the operations.</summary>
    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<BatchServices>();
        RequestDelegate Run(Func<BatchCall, Task<IResult>> operation) => OperationNotes.Run(context => operation(new BatchCall(context, services)));

        var batches = routes.MapGroup(Path)
            .WithTags("Batches")
            .AreDescribed()
            .IsFor(RouteAccess.Read)
            .Fails(Unauthenticated, InvalidToken, RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        batches.MapGet("", Run(ReadOperations.List))
            .WithName("listBatches")
            .WithSummary("List all batches")
            .WithDescription("Returns a page of the batches, the most recent first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(OperationParameters.List)
            .Answers(OperationAnswer.Page)
            .Fails(InvalidParameter, PageTooLarge, ListTimeout, TooManyLists);

        batches.MapPost("", Run(WriteOperations.Create))
            .WithName("createBatch")
            .WithSummary("Create a batch, or several")
            .WithDescription("Creates a batch from an object; from an array, 1 to 1,000 batches, all or none. `batchCode` and `batchType` are required, every other "
                + "field is optional.")
            .IsFor(RouteAccess.Write)
            .WithMetadata(OperationBody.OneOrSeveral)
            .WithMetadata(OperationParameters.Create)
            .TakesNoParameters()
            .Answers(OperationAnswer.Created)
            .Fails(InsufficientScope, OutsidePolicy, InvalidHeader, IdempotencyKeyInFlight, IdempotencyKeyReused)
            .Fails(BodyFaults);

        batches.MapGet(Living, Run(ReadOperations.Retrieve))
            .WithName("retrieveBatch")
            .WithSummary("Retrieve a batch")
            .WithDescription("Returns the batch with this id, unless it is deleted.")
            .WithMetadata(OperationParameters.Retrieve)
            .Answers(OperationAnswer.Batch)
            .Answers(OperationAnswer.NotModified)
            .Fails(InvalidParameter, BatchNotFound);

        batches.MapPut(Living, Run(WriteOperations.Update))
            .WithName("updateBatch")
            .WithSummary("Update a batch")
            .WithDescription("Replaces every field: what is not passed goes to its default. To change some fields only, use PATCH.")
            .IsFor(RouteAccess.Write)
            .WithMetadata(OperationBody.Whole)
            .WithMetadata(OperationParameters.Change)
            .TakesNoParameters()
            .Answers(OperationAnswer.Batch)
            .Fails(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers)
            .Fails(BodyFaults);

        batches.MapPatch(Living, Run(WriteOperations.UpdateSoft))
            .WithName("updateBatchSoft")
            .WithSummary("Update a batch softly")
            .WithDescription("Sets the fields that are passed and leaves the rest as it is; null clears a field (RFC 7396).")
            .IsFor(RouteAccess.Write)
            .WithMetadata(OperationBody.Partial)
            .WithMetadata(OperationParameters.Change)
            .TakesNoParameters()
            .Answers(OperationAnswer.Batch)
            .Fails(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers)
            .Fails(BodyFaults);

        batches.MapGet($"{Living}/history", Run(ReadOperations.History))
            .WithName("retrieveBatchHistory")
            .WithSummary("Retrieve the history of a batch")
            .WithDescription("Returns who changed the batch, when and how, the newest change first, as far back as the server keeps it. The batch may be deleted. A page ends "
                + "early where its changes are large. It is not for keys with a policy: it would tell of batches as they were before they met it.")
            .WithMetadata(OperationParameters.History)
            .Answers(OperationAnswer.History)
            .Fails(InvalidParameter, HistoryHidden, BatchNotFound, TooManyLists);

        var deleted = batches.MapGroup("/deleted");

        deleted.MapGet("", Run(ReadOperations.ListDeleted))
            .WithName("listDeletedBatches")
            .WithSummary("List deleted batches")
            .WithDescription("Returns a page of the deleted batches, the newest deletion first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(OperationParameters.DeletedList)
            .Answers(OperationAnswer.DeletedPage)
            .Fails(InvalidParameter, PageTooLarge, ListTimeout, TooManyLists);

        deleted.MapGet("/{id}", Run(ReadOperations.RetrieveDeleted))
            .WithName("retrieveDeletedBatch")
            .WithSummary("Retrieve a deleted batch")
            .WithDescription("Returns the deleted batch with this id.")
            .WithMetadata(OperationParameters.Retrieve)
            .Answers(OperationAnswer.DeletedBatch)
            .Answers(OperationAnswer.NotModified)
            .Fails(InvalidParameter, BatchNotFound);

        deleted.MapDelete("/{id}", Run(WriteOperations.Delete))
            .WithName("deleteBatch")
            .WithSummary("Delete a batch")
            .WithDescription("Moves the batch to the deleted ones, from where it can be restored. Its code is free at once.")
            .IsFor(RouteAccess.Write)
            .WithMetadata(OperationParameters.Change)
            .TakesNoParameters()
            .Answers(OperationAnswer.NoContent)
            .Fails(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, VersionDiffers);

        deleted.MapPost("/{id}/restore", Run(WriteOperations.Restore))
            .WithName("restoreBatch")
            .WithSummary("Restore a deleted batch")
            .WithDescription("Brings a deleted batch back to life, unless another batch has taken its code meanwhile.")
            .IsFor(RouteAccess.Write)
            .WithMetadata(OperationParameters.Restore)
            .TakesNoParameters()
            .Answers(OperationAnswer.Restored)
            .Fails(InsufficientScope, OutsidePolicy, InvalidHeader, BatchNotFound, BatchCodeTaken, VersionDiffers, IdempotencyKeyInFlight, IdempotencyKeyReused)
            .Fails(BodyTooLarge);
    }
}
