using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Batches;

/// <summary>The operations on batches (specification, section 2).</summary>
internal static class BatchRoutes
{
    public const string Path = "/api/v2/batches";

    /// <summary>Any id except the names of other routes: otherwise their paths would allow the methods of a batch.</summary>
    public const string ActiveId = $"/{{id:{ActiveIdConstraint.Name}}}";

    public static readonly ProblemCode[] CommonProblems =
        [Unauthenticated, InvalidToken, RateLimited, InternalError, DatabaseUnavailable, Overloaded, NotReady];

    private static readonly ProblemCode[] ListProblems = [InvalidParameter, PageTooLarge, ListTimeout, TooManyLists];

    private static readonly ProblemCode[] GroupProblems = [InvalidParameter, ListTimeout, TooManyLists];

    private static readonly ProblemCode[] WriteProblems = [InsufficientScope, OutsidePolicy, InvalidHeader];

    private static readonly ProblemCode[] TargetProblems = [BatchNotFound, VersionDiffers];

    public static readonly ProblemCode[] IdempotencyProblems = [IdempotencyKeyInFlight, IdempotencyKeyReused];

    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<BatchServices>();

        var batches = routes.MapGroup(Path)
            .WithTags("Batches")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Read)
            .ProducesProblems(CommonProblems);

        batches.MapGetAndHead("", services.Run(BatchReadHandlers.List))
            .WithName("listBatches")
            .WithSummary("List all batches")
            .WithDescription("Returns a page of the batches, the newest first unless `sortBy` and `order` specify otherwise.")
            .WithParameters(BatchParameters.List)
            .ProducesResponse(ResponseMetadata.Page)
            .Compress()
            .ProducesProblems(ListProblems);

        batches.MapPost("", services.Run(BatchCreateHandlers.Create))
            .WithName("createBatch")
            .WithSummary("Create a batch")
            .WithDescription("Creates a batch. `batchCode` and `batchType` are required, all other fields are optional. An array "
                + "creates 1 to 1,000 batches, all or none. With `onConflict`, a batch that has the code is updated or left as it is; the "
                + "status is then 200, without `Location`.")
            .RequireScope(RouteAccess.Write)
            .Accepts(RequestBodyMetadata.Create)
            .WithParameters(BatchParameters.Create)
            .ProducesResponse(ResponseMetadata.Created)
            .ProducesResponse(ResponseMetadata.Upserted)
            .ProducesProblems(InvalidParameter, PageTooLarge)
            .ProducesProblems(WriteProblems)
            .ProducesProblems(IdempotencyProblems)
            .ProducesProblems(BatchCodeTaken);

        batches.MapPost("/search", services.Run(BatchReadHandlers.Search))
            .WithName("searchBatches")
            .WithSummary("Search batches")
            .WithDescription("Returns the same as listing the batches with the same parameters, but takes the parameters in the body, "
                + "which has room for 1,000 ids in `p`. The response has no `Link`, because a link cannot carry the body: send "
                + "`nextCursor` as `cursor`, or another `page`. Nothing is changed.")
            .ReadOnly()
            .Accepts(RequestBodyMetadata.Search)
            .WithParameters(BatchParameters.Search)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.SearchPage)
            .Compress()
            .ProducesProblems(ListProblems);

        batches.MapGetAndHead(ActiveId, services.Run(BatchReadHandlers.Retrieve))
            .WithName("retrieveBatch")
            .WithSummary("Retrieve a batch")
            .WithDescription("Returns the batch with this id, unless it is deleted.")
            .WithParameters(BatchParameters.Retrieve)
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesResponse(ResponseMetadata.NotModified)
            .ProducesProblems(InvalidParameter, BatchNotFound);

        batches.MapPut(ActiveId, services.Run(BatchWriteHandlers.Update))
            .WithName("updateBatch")
            .WithSummary("Update a batch")
            .WithDescription("Replaces all fields. Fields that are not passed are reset to their defaults. "
                + "To change only some fields, use PATCH.")
            .RequireScope(RouteAccess.Write)
            .Accepts(RequestBodyMetadata.Update)
            .WithParameters(BatchParameters.Change)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesProblems(WriteProblems)
            .ProducesProblems(TargetProblems)
            .ProducesProblems(LeaseLost)
            .ProducesProblems(BatchCodeTaken);

        batches.MapPatch(ActiveId, services.Run(BatchWriteHandlers.Patch))
            .WithName("updateBatchSoft")
            .WithSummary("Update a batch softly")
            .WithDescription("Sets the fields that are passed and leaves all others unchanged. Null clears a field (RFC 7396).")
            .RequireScope(RouteAccess.Write)
            .Accepts(RequestBodyMetadata.Patch)
            .WithParameters(BatchParameters.Change)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Batch)
            .ProducesProblems(WriteProblems)
            .ProducesProblems(TargetProblems)
            .ProducesProblems(LeaseLost)
            .ProducesProblems(BatchCodeTaken);

        batches.MapGetAndHead($"{ActiveId}/history", services.Run(BatchReadHandlers.History))
            .WithName("retrieveBatchHistory")
            .WithSummary("Retrieve the history of a batch")
            .WithDescription("Returns who changed the batch, when and how, the newest change first, as far back as the server keeps the "
                + "history. The batch may be deleted. A page with large changes may have fewer entries than `limit`. Keys with a policy "
                + "cannot use this operation, because the history contains versions of batches that do not match it.")
            .WithParameters(BatchParameters.History)
            .ProducesResponse(ResponseMetadata.History)
            .Compress()
            .ProducesProblems(InvalidParameter, HistoryHidden, BatchNotFound, TooManyLists);

        batches.MapGetAndHead("/groups", services.Run(GroupHandlers.Group))
            .WithName("groupBatches")
            .WithSummary("Group batches")
            .WithDescription("Groups the active batches by one or two fields and returns the number of batches in each group, the largest "
                + "groups first. Groups of the same size are in ascending order of their values, null last. `groups` and `total` count "
                + "all groups, also those beyond `limit`. The request is resource-intensive: it reads all batches that match.")
            .WithParameters(BatchParameters.Groups)
            .ProducesResponse(ResponseMetadata.Groups)
            .Compress()
            .ProducesProblems(GroupProblems);

        var deleted = batches.MapGroup("/deleted");

        deleted.MapGetAndHead("", services.Run(BatchReadHandlers.ListDeleted))
            .WithName("listDeletedBatches")
            .WithSummary("List deleted batches")
            .WithDescription("Returns a page of the deleted batches, the newest deletion first unless `sortBy` and `order` specify "
                + "otherwise.")
            .WithParameters(BatchParameters.DeletedList)
            .ProducesResponse(ResponseMetadata.DeletedPage)
            .Compress()
            .ProducesProblems(ListProblems);

        deleted.MapGetAndHead("/{id}", services.Run(BatchReadHandlers.RetrieveDeleted))
            .WithName("retrieveDeletedBatch")
            .WithSummary("Retrieve a deleted batch")
            .WithDescription("Returns the deleted batch with this id.")
            .WithParameters(BatchParameters.Retrieve)
            .ProducesResponse(ResponseMetadata.DeletedBatch)
            .ProducesResponse(ResponseMetadata.NotModified)
            .ProducesProblems(InvalidParameter, BatchNotFound);

        deleted.MapDelete("/{id}", services.Run(BatchWriteHandlers.Delete))
            .WithName("deleteBatch")
            .WithSummary("Delete a batch")
            .WithDescription("Moves the batch to the deleted batches, from which it can be restored. Its code is available again "
                + "immediately. `permanent=true` removes a batch that is already deleted, and its history, for good.")
            .RequireScope(RouteAccess.Write)
            .WithParameters(BatchParameters.Delete)
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(InvalidParameter)
            .ProducesProblems(WriteProblems)
            .ProducesProblems(TargetProblems)
            .ProducesProblems(LeaseLost);

        deleted.MapPost("/{id}/restore", services.Run(BatchWriteHandlers.Restore))
            .WithName("restoreBatch")
            .WithSummary("Restore a deleted batch")
            .WithDescription("Makes a deleted batch active again, unless another batch has taken its code in the meantime.")
            .RequireScope(RouteAccess.Write)
            .WithParameters(BatchParameters.Restore)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Restored)
            .ProducesProblems(WriteProblems)
            .ProducesProblems(TargetProblems)
            .ProducesProblems(IdempotencyProblems)
            .ProducesProblems(BatchCodeTaken, BodyTooLarge, LeaseLost);
    }
}
