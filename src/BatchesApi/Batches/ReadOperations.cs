using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;
using BatchesApi.Responses;
using BatchesApi.Routing;

namespace BatchesApi.Batches;

/// <summary>The operations that only look.</summary>
internal static class ReadOperations
{
    /// <summary>Lists the living batches.</summary>
    public static Task<IResult> List(BatchCall call) =>
        ListAsync(deleted: false, call);

    /// <summary>Lists the deleted batches.</summary>
    public static Task<IResult> ListDeleted(BatchCall call) =>
        ListAsync(deleted: true, call);

    /// <summary>Retrieves a living batch.</summary>
    public static Task<IResult> Retrieve(BatchCall call) =>
        RetrieveAsync(deleted: false, call);

    /// <summary>Retrieves a deleted batch.</summary>
    public static Task<IResult> RetrieveDeleted(BatchCall call) =>
        RetrieveAsync(deleted: true, call);

    private static Problem HistoryHidden { get; } = new(
        ProblemCode.HistoryHidden, "This credential has a policy, and the history tells of batches as they were before they met it.");

    /// <summary>Tells the history of a batch, living or deleted.</summary>
    public static async Task<IResult> History(BatchCall call)
    {
        // What a batch was before it came to meet the policy is not for the credential to know.
        if (call.Caller.PolicyText is not null)
            return HistoryHidden;
        var faults = new Faults();
        var parameters = call.Services.Requests.Parameters(call.Request, OperationParameters.History.Names, faults);
        var limit = parameters.Number(ListParameters.Limit, faults);
        var before = int.MaxValue;
        if (parameters[ListParameters.HistoryCursor.Name] is { } cursor)
        {
            if (HistoryCursor.Read(cursor.Value, call.Caller.AccountId, call.Id) is { } version)
                before = version;
            else
                faults.Add(cursor.Name, "is not one of this history: it must be the nextCursor of an earlier answer, as it was.");
        }
        if (faults.Any)
            return Problem.InvalidParameters(faults);
        await call.Services.Concurrency.BeginListAsync(call.Context);
        var page = ObjectId.IsValid(call.Id)
            ? await call.Services.Histories.ReadAsync(call.Caller.AccountId, call.Caller.Policy, call.Id, limit, before, call.Cancellation)
            : null;
        return page is null ? Problem.BatchNotFound : new HistoryResult(page.Entries, limit, page.NextCursor);
    }

    private static async Task<IResult> ListAsync(bool deleted, BatchCall call)
    {
        var faults = new Faults();
        var request = ListRequest.Read(call.Services.Requests.Parameters(call.Request, ListRequest.Names, faults), faults);
        var plan = ListPlanner.Plan(request, call.Caller.AccountId, call.Caller.Policy, deleted, faults);
        if (faults.Any)
            return Problem.InvalidParameters(faults);
        if (request.Filters.Count > 0 && await call.Services.Limiter.TakeIntensiveAsync(call.Request.HttpContext) is { Exceeded: not null } limits)
            return limits.ToProblem();
        try
        {
            // What it costs is more than a reader may ask of the server, and how many records were looked at tells of those outside a policy.
            var explain = call.Caller is { Scope: Scope.Write, PolicyText: null } && Preferences.WantsExplanation(call.Request);
            await call.Services.Concurrency.BeginListAsync(call.Context);
            var page = await call.Services.Lists.RunAsync(plan, explain, call.Cancellation);
            call.Context.Response.RegisterForDispose(page.Rows);
            return new PageResult(
                page.Rows,
                plan.After is null ? plan.Page : null,
                plan.Limit,
                page.Total is { } total ? (total.Count, total.IsExact) : null,
                page.NextCursor,
                page.Explanation?.ToJson());
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ListTimeout(exception.Limit);
        }
        catch (PageTooLargeException exception)
        {
            return Problem.PageTooLarge(exception.MaxBytes, exception.Fitting, plan.Limit);
        }
    }

    private static async Task<IResult> RetrieveAsync(bool deleted, BatchCall call)
    {
        var faults = new Faults();
        var keep = FieldTerms.ReadNames(
            call.Services.Requests.Parameters(call.Request, OperationParameters.Retrieve.Names, faults)[ListParameters.KeptFields.Name], faults);
        if (faults.Any)
            return Problem.InvalidParameters(faults);
        var batch = ObjectId.IsValid(call.Id)
            ? await call.Services.Lists.FindAsync(call.Caller.AccountId, deleted, call.Caller.Policy, call.Id, keep, call.Cancellation)
            : null;
        if (batch is null)
            return Problem.BatchNotFound;
        if (EntityTags.NoneMatchNames(call.Request.Headers, batch.Version))
            return new NotModifiedResult(EntityTags.Of(batch.Version));
        var response = BatchAnswer.Of(batch, keep);
        await call.Services.Concurrency.ReserveResponseAsync(call.Context, response.Body.Length);
        return new AnswerResult(response);
    }
}
