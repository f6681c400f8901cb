using BatchesApi.Access;
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
        var batches = routes.MapGroup(Path)
            .WithTags("Batches")
            .RequireAuthorization(Policies.Read)
            .Fails(Unauthenticated, InvalidToken, RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady);

        batches.MapGet("", ReadOperations.List)
            .WithName("listBatches")
            .WithSummary("List all batches")
            .WithDescription("Returns a page of the batches, the most recent first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(OperationParameters.List)
            .Answers(OperationAnswer.Page)
            .Fails(InvalidParameter, ListTimeout);

        batches.MapPost("", WriteOperations.Create)
            .WithName("createBatch")
            .WithSummary("Create a batch")
            .WithDescription("Creates a batch. `batchCode` and `batchType` are required, every other field is optional.")
            .RequireAuthorization(Policies.Write)
            .WithMetadata(OperationBody.Whole)
            .TakesNoParameters()
            .Answers(OperationAnswer.Created)
            .Fails(InsufficientScope, OutsidePolicy)
            .Fails(BodyFaults);

        batches.MapGet(Living, ReadOperations.Retrieve)
            .WithName("retrieveBatch")
            .WithSummary("Retrieve a batch")
            .WithDescription("Returns the batch with this id, unless it is deleted.")
            .WithMetadata(OperationParameters.Retrieve)
            .Answers(OperationAnswer.Batch)
            .Fails(InvalidParameter, BatchNotFound);

        batches.MapPut(Living, WriteOperations.Update)
            .WithName("updateBatch")
            .WithSummary("Update a batch")
            .WithDescription("Replaces every field: what is not passed goes to its default. To change some fields only, use PATCH.")
            .RequireAuthorization(Policies.Write)
            .WithMetadata(OperationBody.Whole)
            .TakesNoParameters()
            .Answers(OperationAnswer.Batch)
            .Fails(InsufficientScope, OutsidePolicy, BatchNotFound)
            .Fails(BodyFaults);

        batches.MapPatch(Living, WriteOperations.UpdateSoft)
            .WithName("updateBatchSoft")
            .WithSummary("Update a batch softly")
            .WithDescription("Sets the fields that are passed and leaves the rest as it is; null clears a field (RFC 7396).")
            .RequireAuthorization(Policies.Write)
            .WithMetadata(OperationBody.Partial)
            .TakesNoParameters()
            .Answers(OperationAnswer.Batch)
            .Fails(InsufficientScope, OutsidePolicy, BatchNotFound)
            .Fails(BodyFaults);

        var deleted = batches.MapGroup("/deleted");

        deleted.MapGet("", ReadOperations.ListDeleted)
            .WithName("listDeletedBatches")
            .WithSummary("List deleted batches")
            .WithDescription("Returns a page of the deleted batches, the newest deletion first unless `sortBy` and `order` say otherwise.")
            .WithMetadata(OperationParameters.DeletedList)
            .Answers(OperationAnswer.DeletedPage)
            .Fails(InvalidParameter, ListTimeout);

        deleted.MapGet("/{id}", ReadOperations.RetrieveDeleted)
            .WithName("retrieveDeletedBatch")
            .WithSummary("Retrieve a deleted batch")
            .WithDescription("Returns the deleted batch with this id.")
            .WithMetadata(OperationParameters.Retrieve)
            .Answers(OperationAnswer.DeletedBatch)
            .Fails(InvalidParameter, BatchNotFound);

        deleted.MapDelete("/{id}", WriteOperations.Delete)
            .WithName("deleteBatch")
            .WithSummary("Delete a batch")
            .WithDescription("Moves the batch to the deleted ones, from where it can be restored. Its code is free at once.")
            .RequireAuthorization(Policies.Write)
            .TakesNoParameters()
            .Answers(OperationAnswer.NoContent)
            .Fails(InsufficientScope, OutsidePolicy, BatchNotFound);

        deleted.MapPost("/{id}/restore", WriteOperations.Restore)
            .WithName("restoreBatch")
            .WithSummary("Restore a deleted batch")
            .WithDescription("Brings a deleted batch back to life, unless another batch has taken its code meanwhile.")
            .RequireAuthorization(Policies.Write)
            .TakesNoParameters()
            .Answers(OperationAnswer.Batch)
            .Fails(InsufficientScope, OutsidePolicy, BatchNotFound, BatchCodeTaken);
    }
}
