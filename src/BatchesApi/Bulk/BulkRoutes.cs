using BatchesApi.Batches;
using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Bulk;

/// <summary>The operations on many batches (specification, section 8).</summary>
internal static class BulkRoutes
{
    /// <summary>The name of the id of a change in the path.</summary>
    public const string ChangeId = "changeId";

    public static void MapBulk(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<BatchServices>();

        var bulk = routes.MapGroup($"{BatchRoutes.Path}/bulk")
            .WithTags("Bulk")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Write)
            .ProducesProblems(BatchRoutes.CommonProblems)
            .ProducesProblems(InsufficientScope, OutsidePolicy, InvalidHeader, RequestTimeout, BodyTooLarge, UnsupportedMediaType)
            .ProducesProblems(BatchRoutes.IdempotencyProblems);

        bulk.MapPost("/create", services.Run(BatchCreateHandlers.CreateBulk))
            .WithName("bulkCreateBatches")
            .WithSummary("Create or update many batches")
            .WithDescription("Creates 1 to 1,000 batches, all or none. With `onConflict=update`, a batch whose code is taken updates the "
                + "batch that has it, so that the same array can be sent again; with `onConflict=skip`, it leaves that batch as it is. The "
                + "response has the batches in the order of the request.")
            .Accepts(RequestBodyMetadata.BulkCreate)
            .WithParameters(BatchParameters.Create)
            .ProducesResponse(ResponseMetadata.BulkCreated)
            .ProducesProblems(BatchCodeTaken, InvalidParameter, PageTooLarge);

        bulk.MapPost("/update", services.Run(BulkHandlers.Update))
            .WithName("bulkUpdateBatches")
            .WithSummary("Update many batches")
            .WithDescription("Sets the fields in `set` of all selected batches, all or none. Select up to 10,000 batches by `ids`, or by "
                + "`where` and `q`. `expect` is the number of batches that must match, and `dryRun` shows what would be changed.")
            .Accepts(RequestBodyMetadata.BulkUpdate)
            .WithParameters(BatchParameters.Bulk)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.BulkResult)
            .ProducesProblems(BatchNotFound, TooManyMatched, CountDiffers, ListTimeout, TooManyLists);

        bulk.MapPost("/delete", services.Run(BulkHandlers.Delete))
            .WithName("bulkDeleteBatches")
            .WithSummary("Delete many batches")
            .WithDescription("Moves all selected batches to the deleted batches, all or none. The selection is that of an update.")
            .Accepts(RequestBodyMetadata.BulkDelete)
            .WithParameters(BatchParameters.Bulk)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.BulkResult)
            .ProducesProblems(BatchNotFound, TooManyMatched, CountDiffers, ListTimeout, TooManyLists);

        bulk.MapPost("/restore", services.Run(BulkHandlers.Restore))
            .WithName("bulkRestoreBatches")
            .WithSummary("Restore many deleted batches")
            .WithDescription("Makes all selected deleted batches active again, all or none. The selection is that of an update, among the "
                + "deleted batches.")
            .Accepts(RequestBodyMetadata.BulkRestore)
            .WithParameters(BatchParameters.Bulk)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.BulkResult)
            .ProducesProblems(BatchNotFound, TooManyMatched, CountDiffers, BatchCodeTaken)
            .ProducesProblems(ListTimeout, TooManyLists);

        bulk.MapPost($"/{{{ChangeId}}}/undo", services.Run(BulkHandlers.Undo))
            .WithName("undoBulkChange")
            .WithSummary("Undo a change of many batches")
            .WithDescription("Sets each batch of a change back to what it was before, unless it has been changed since: the response lists "
                + "these as `skipped`. Undoing a create deletes. An undo is a change that can be undone.")
            .WithParameters(BatchParameters.Bulk)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.UndoResult)
            .ProducesProblems(InvalidBody, MalformedBody, ChangeNotFound, BatchCodeTaken);
    }
}
