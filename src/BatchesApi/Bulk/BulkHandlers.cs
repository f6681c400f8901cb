using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

internal static class BulkHandlers
{
    public static Task<IResult> Update(BatchRequestContext context) =>
        ChangeAsync(context, request => BatchUpdate.FromPatch(request.Set!, request.Set!.Passed), isUpdate: true);

    public static Task<IResult> Delete(BatchRequestContext context) => ChangeAsync(context, _ => BatchUpdate.Delete);

    public static Task<IResult> Restore(BatchRequestContext context) => ChangeAsync(context, _ => BatchUpdate.Restore);

    public static async Task<IResult> Undo(BatchRequestContext context)
    {
        var (services, caller) = (context.Services, context.Caller);
        var begun = await BeginAsync(context);
        if (begun.Problem is { } problem)
            return problem;
        if (BulkRequestReader.FindUndoProblem(begun.Value.Body) is { } invalid)
            return invalid;
        var claim = BatchWriteResponses.ReadClaim(context, begun.Value.Body.Bytes, BulkResponses.Create);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        var undone = (string)context.Request.RouteValues[BulkRoutes.ChangeId]!;
        if (!ObjectIdGenerator.IsValid(undone))
            return BulkProblems.ChangeNotFound;
        var result = await services.BulkWriter.UndoAsync(
            caller.AccountId, context.Policy, undone, caller.Actor, services.Ids.Next(), claim.Value, context.Cancellation);
        return result.Outcome == WriteOutcome.NotFound
            ? BulkProblems.ChangeNotFound
            : Respond(result, expected: null, begun.Value.Memory);
    }

    private static async Task<IResult> ChangeAsync(
        BatchRequestContext context, Func<BulkRequest, BatchUpdate> createChange, bool isUpdate = false)
    {
        var (services, caller) = (context.Services, context.Caller);
        var begun = await BeginAsync(context);
        if (begun.Problem is { } problem)
            return problem;
        var request = BulkRequestReader.Read(services.RequestReader, begun.Value.Body, isUpdate);
        if (request.Problem is { } invalid)
            return invalid;
        var claim = BatchWriteResponses.ReadClaim(context, begun.Value.Body.Bytes, BulkResponses.Create);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        var change = createChange(request.Value);
        try
        {
            var result = await services.BulkWriter.ChangeAsync(
                CreateTarget(context, request.Value, deleted: change.Action == BatchChange.Restore),
                change,
                request.Value.IsDryRun,
                caller.Actor,
                services.Ids.Next(),
                claim.Value,
                context.Cancellation);
            return Respond(result, request.Value.Expected, begun.Value.Memory);
        }
        catch (ListTimeoutException exception)
        {
            return Problem.SelectionTimeout(exception.Limit);
        }
    }

    private static BulkTarget CreateTarget(BatchRequestContext context, BulkRequest request, bool deleted)
    {
        var caller = context.Caller;
        var list = request.Ids is not null
            ? null
            : ListPlanner.PlanSelection(
                caller.AccountId,
                Condition.AllOf(caller.Policy, request.Where),
                context.RelativeValues,
                deleted,
                [new OrderKey(BatchFields.Id, Descending: false)],
                BulkTarget.MaxMatched);
        return new BulkTarget(caller.AccountId, context.Policy, request.Ids, list, request.Expected);
    }

    /// <summary>Counts the request, reads its body, and waits for its turn.</summary>
    private static async Task<Result<(RequestBody Body, IDisposable? Memory)>> BeginAsync(BatchRequestContext context)
    {
        var (http, services) = (context.HttpContext, context.Services);
        if (await services.RateLimiter.AcquireIntensiveAsync(http) is { Exceeded: not null } limit)
            return limit.ToProblem();
        if (BatchLeaseHeader.FindUse(context.Request.Headers) is { } problem)
            return problem;
        var memory = await services.Concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, BulkResponses.MaxBytes);
        var body = await RequestBody.ReadAsync(context.Request, BatchBodyReader.MaxBytes, accepted: AcceptedFormats.Json);
        if (body.Problem is { } unreadable)
            return unreadable;
        memory ??= await services.Concurrency.ReserveResponseAsync(http, BulkResponses.MaxBytes);
        await services.Concurrency.BeginBulkWriteAsync(http);
        return (body.Value, memory);
    }

    private static IResult Respond(WriteResult result, long? expected, IDisposable? memory) =>
        BatchWriteResponses.Respond(result, BulkResponses.Create, result => BulkProblems.Find(result, expected), memory);
}
