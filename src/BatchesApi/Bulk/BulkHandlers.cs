using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
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
        var claim = BatchWriteResponses.ReadClaim(context, begun.Value.Bytes, BulkResponses.Create);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        var undone = (string)context.Request.RouteValues[BulkRoutes.ChangeId]!;
        if (!ObjectIdGenerator.IsValid(undone))
            return BulkProblems.ChangeNotFound;
        var result = await services.BulkWriter.UndoAsync(
            caller.AccountId, context.Policy, undone, caller.Actor, services.Ids.Next(), claim.Value, context.Cancellation);
        return result.Outcome == WriteOutcome.NotFound ? BulkProblems.ChangeNotFound : Respond(result, expected: null);
    }

    private static async Task<IResult> ChangeAsync(
        BatchRequestContext context, Func<BulkRequest, BatchUpdate> createChange, bool isUpdate = false)
    {
        var (services, caller) = (context.Services, context.Caller);
        var begun = await BeginAsync(context);
        if (begun.Problem is { } problem)
            return problem;
        var request = BulkRequestReader.Read(services.ObjectReader, begun.Value, isUpdate);
        if (request.Problem is { } invalid)
            return invalid;
        var claim = BatchWriteResponses.ReadClaim(context, begun.Value.Bytes, BulkResponses.Create);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        var (ids, where, expected, isDryRun, _) = request.Value;
        var result = await services.BulkWriter.ChangeAsync(
            new BulkTarget(caller.AccountId, context.Policy, ids, where.Resolve(context.RelativeValues), expected),
            createChange(request.Value),
            isDryRun,
            caller.Actor,
            services.Ids.Next(),
            claim.Value,
            context.Cancellation);
        return Respond(result, expected);
    }

    /// <summary>Counts the request, reads its body, and waits for its turn.</summary>
    private static async Task<Result<RequestBody>> BeginAsync(BatchRequestContext context)
    {
        var (http, services) = (context.HttpContext, context.Services);
        if (await services.RateLimiter.AcquireIntensiveAsync(http) is { Exceeded: not null } limit)
            return limit.ToProblem();
        var memory = await services.Concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, BulkResponses.MaxBytes);
        var body = await RequestBody.ReadAsync(context.Request, BatchBodyReader.MaxBytes);
        if (body.Problem is not null)
            return body;
        if (memory is null)
            await services.Concurrency.ReserveResponseAsync(http, BulkResponses.MaxBytes);
        await services.Concurrency.BeginBulkWriteAsync(http);
        return body;
    }

    private static IResult Respond(WriteResult result, int? expected)
    {
        if (BulkProblems.Find(result, expected) is { } problem)
            return problem;
        return result.StoredResponse is { } stored
            ? new StoredResponseResult(stored, IsReplay: result.Outcome == WriteOutcome.Replayed)
            : new StoredResponseResult(BulkResponses.Create(result));
    }
}
