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
    public static Task<IResult> List([AsParameters] BatchCall call) =>
        ListAsync(deleted: false, call);

    /// <summary>Lists the deleted batches.</summary>
    public static Task<IResult> ListDeleted([AsParameters] BatchCall call) =>
        ListAsync(deleted: true, call);

    /// <summary>Retrieves a living batch.</summary>
    public static Task<IResult> Retrieve(string id, [AsParameters] BatchCall call) =>
        RetrieveAsync(deleted: false, id, call);

    /// <summary>Retrieves a deleted batch.</summary>
    public static Task<IResult> RetrieveDeleted(string id, [AsParameters] BatchCall call) =>
        RetrieveAsync(deleted: true, id, call);

    private static async Task<IResult> ListAsync(bool deleted, BatchCall call)
    {
        var faults = new Faults();
        var request = ListRequest.Read(call.Requests.Parameters(call.Request, ListRequest.Names, faults), faults);
        var plan = ListPlanner.Plan(request, call.Caller.AccountId, call.Caller.Policy, deleted, faults);
        if (faults.Any)
            return Problem.InvalidParameters(faults);
        if (request.Filters.Count > 0 && await call.Limiter.TakeIntensiveAsync(call.Request.HttpContext) is { Exceeded: not null } limits)
            return limits.ToProblem();
        try
        {
            // What it costs is more than a reader may ask of the server, and how many records were looked at tells of those outside a policy.
            var explain = call.Caller is { Scope: Scope.Write, PolicyText: null } && Preferences.WantsExplanation(call.Request);
            var page = await call.Lists.RunAsync(plan, explain, call.Cancellation);
            return new PageResult(
                page.Batches,
                plan.Keep,
                plan.After is null ? plan.Page : null,
                plan.Limit,
                page.Total is { } total ? (total.Count, total.IsExact) : null,
                page.NextCursor,
                page.Explanation?.ToJson());
        }
        catch (ListTimeoutException fault)
        {
            return Problem.ListTimeout(fault.Limit);
        }
    }

    private static async Task<IResult> RetrieveAsync(bool deleted, string id, BatchCall call)
    {
        var faults = new Faults();
        var keep = FieldTerms.ReadNames(
            call.Requests.Parameters(call.Request, OperationParameters.Retrieve.Names, faults)[ListParameters.KeptFields.Name], faults);
        if (faults.Any)
            return Problem.InvalidParameters(faults);
        var batch = ObjectId.IsValid(id)
            ? await call.Lists.FindAsync(call.Caller.AccountId, deleted, call.Caller.Policy, id, keep, call.Cancellation)
            : null;
        return batch is null ? Problem.BatchNotFound : new BatchResult(batch, keep);
    }
}
