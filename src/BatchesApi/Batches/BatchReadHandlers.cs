using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

/// <summary>The operations that only look.</summary>
internal static class BatchReadHandlers
{
    /// <summary>Lists the living batches.</summary>
    public static Task<IResult> List(BatchRequestContext context) =>
        ListAsync(deleted: false, context);

    /// <summary>Lists the deleted batches.</summary>
    public static Task<IResult> ListDeleted(BatchRequestContext context) =>
        ListAsync(deleted: true, context);

    /// <summary>Retrieves a living batch.</summary>
    public static Task<IResult> Retrieve(BatchRequestContext context) =>
        RetrieveAsync(deleted: false, context);

    /// <summary>Retrieves a deleted batch.</summary>
    public static Task<IResult> RetrieveDeleted(BatchRequestContext context) =>
        RetrieveAsync(deleted: true, context);

    private static Problem HistoryHidden { get; } = new(
        ProblemCode.HistoryHidden, "This credential has a policy, and the history tells of batches as they were before they met it.");

    /// <summary>Tells the history of a batch, living or deleted.</summary>
    public static async Task<IResult> History(BatchRequestContext context)
    {
        // What a batch was before it came to meet the policy is not for the credential to know.
        if (context.Caller.PolicyText is not null)
            return HistoryHidden;
        var errors = new ValidationErrors();
        var parameters = context.Services.Requests.Parameters(context.Request, BatchParameters.History.Names, errors);
        var limit = parameters.GetNumber(ApiParameters.Limit, errors);
        var before = int.MaxValue;
        if (parameters[ApiParameters.HistoryCursor.Name] is { } cursor)
        {
            if (HistoryCursor.Read(cursor.Value, context.Caller.AccountId, context.Id) is { } version)
                before = version;
            else
                errors.Add(cursor.Name, "is not one of this history: it must be the nextCursor of an earlier answer, as it was.");
        }
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        await context.Services.Concurrency.BeginListAsync(context.Context);
        var page = ObjectIdGenerator.IsValid(context.Id)
            ? await context.Services.Histories.ReadAsync(context.Caller.AccountId, context.Caller.Policy, context.Id, limit, before, context.Cancellation)
            : null;
        return page is null ? Problem.BatchNotFound : new HistoryResult(page.Entries, limit, page.NextCursor);
    }

    private static async Task<IResult> ListAsync(bool deleted, BatchRequestContext context)
    {
        var errors = new ValidationErrors();
        var request = ListRequest.Parse(context.Services.Requests.Parameters(context.Request, ListRequest.Names, errors), errors);
        var plan = ListPlanner.Plan(request, context.Caller.AccountId, context.Caller.Policy, deleted, errors);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        if (request.Filters.Count > 0 && await context.Services.Limiter.AcquireIntensiveAsync(context.Request.HttpContext) is { Exceeded: not null } limits)
            return limits.ToProblem();
        try
        {
            // What it costs is more than a reader may ask of the server, and how many records were looked at tells of those outside a policy.
            var explain = context.Caller is { Scope: Scope.Write, PolicyText: null } && PreferHeader.WantsExplanation(context.Request);
            await context.Services.Concurrency.BeginListAsync(context.Context);
            var page = await context.Services.Lists.RunAsync(plan, explain, context.Cancellation);
            context.Context.Response.RegisterForDispose(page.Rows);
            return new PageResult(
                page.Rows,
                plan.After is null ? plan.Page : null,
                plan.Limit,
                page.Total is { } total ? (total.Count, total.IsExact) : null,
                page.NextCursor,
                page.Explanation);
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

    private static async Task<IResult> RetrieveAsync(bool deleted, BatchRequestContext context)
    {
        var errors = new ValidationErrors();
        var keep = FieldsParameter.ParseNames(
            context.Services.Requests.Parameters(context.Request, BatchParameters.Retrieve.Names, errors)[ApiParameters.KeptFields.Name], errors);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        var batch = ObjectIdGenerator.IsValid(context.Id)
            ? await context.Services.Lists.FindAsync(context.Caller.AccountId, deleted, context.Caller.Policy, context.Id, keep, context.Cancellation)
            : null;
        if (batch is null)
            return Problem.BatchNotFound;
        if (EntityTags.NoneMatchContains(context.Request.Headers, batch.Version))
            return new NotModifiedResult(EntityTags.FromVersion(batch.Version));
        var response = BatchResponses.Create(batch, keep);
        await context.Services.Concurrency.ReserveResponseAsync(context.Context, response.Body.Length);
        return new StoredResponseResult(response);
    }
}
