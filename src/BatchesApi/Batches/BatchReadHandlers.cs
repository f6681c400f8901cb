using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

internal static class BatchReadHandlers
{
    private static readonly Problem HistoryHidden = new(
        ProblemCode.HistoryHidden, "This credential has a policy, and the history contains versions of batches that do not match it.");

    public static Task<IResult> List(BatchRequestContext context) => ListAsync(context, deleted: false);

    public static Task<IResult> ListDeleted(BatchRequestContext context) => ListAsync(context, deleted: true);

    /// <summary>Lists the active batches, with the parameters in the body.</summary>
    public static async Task<IResult> Search(BatchRequestContext context)
    {
        var errors = new ValidationErrors();
        await context.Services.Concurrency.ReserveBodyAsync(context.HttpContext, ListBodyReader.MaxBytes);
        var request = await context.Services.RequestReader.ReadSearchAsync(context.Request, errors);
        return request.Problem ?? await ListAsync(context, request.Value, deleted: false, csv: null, errors, Problem.InvalidBody);
    }

    public static Task<IResult> Retrieve(BatchRequestContext context) => RetrieveAsync(context, deleted: false);

    public static Task<IResult> RetrieveDeleted(BatchRequestContext context) => RetrieveAsync(context, deleted: true);

    /// <summary>Returns the history of a batch, active or deleted.</summary>
    public static async Task<IResult> History(BatchRequestContext context)
    {
        if (context.Caller.PolicyText is not null)
            return HistoryHidden;
        var errors = new ValidationErrors();
        var parameters = context.Services.RequestReader.ReadQuery(context.Request, BatchParameters.History.Names, errors);
        var limit = parameters.GetNumber(ApiParameters.Limit, errors);
        var before = int.MaxValue;
        if (parameters[ApiParameters.HistoryCursor.Name] is { } cursor)
        {
            if (HistoryCursor.Read(cursor.Value, context.Caller.AccountId, context.Id) is { } version)
                before = version;
            else
                errors.Add(cursor.Name, "is not a cursor of this history. Use the nextCursor of an earlier response unchanged.");
        }
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        await context.Services.Concurrency.BeginListAsync(context.HttpContext);
        var page = ObjectIdGenerator.IsValid(context.Id)
            ? await context.Services.HistoryReader.ReadAsync(
                context.Caller.AccountId, context.Policy, context.Id, limit, before, context.Cancellation)
            : null;
        return page is null ? Problem.BatchNotFound : new HistoryResult(page.Entries, limit, page.NextCursor);
    }

    private static Task<IResult> ListAsync(BatchRequestContext context, bool deleted)
    {
        var errors = new ValidationErrors();
        ListRequest request;
        using (RequestPhase.Start(RequestPhase.Parse))
            request = ListRequest.Parse(context.Services.RequestReader.ReadQuery(context.Request, ListRequest.Names, errors), errors);
        return ListAsync(
            context,
            request,
            deleted,
            ContentNegotiation.ChooseCsv(context.Request),
            errors,
            Problem.InvalidParameters);
    }

    private static async Task<IResult> ListAsync(
        BatchRequestContext context,
        ListRequest request,
        bool deleted,
        CsvForm? csv,
        ValidationErrors errors,
        Func<ValidationErrors, Problem> createProblem)
    {
        var services = context.Services;
        ListPlan plan;
        using (RequestPhase.Start(RequestPhase.Plan))
        {
            plan = ListPlanner.Plan(
                request, context.Caller.AccountId, context.Caller.Policy, context.RelativeValues, deleted, errors) with
            {
                Csv = csv,
            };
        }
        if (errors.HasErrors)
            return createProblem(errors);
        if (request.Filters.Count > 0
            && await services.RateLimiter.AcquireIntensiveAsync(context.HttpContext) is { Exceeded: not null } limit)
        {
            return limit.ToProblem();
        }
        await services.Concurrency.BeginListAsync(context.HttpContext);
        try
        {
            // An explanation costs more than readers may ask for, and its numbers of scanned records reveal batches outside a policy.
            var explain = plan.Csv is null && context.Caller is { Scope: >= Scope.Write, PolicyText: null }
                && PreferHeader.WantsExplanation(context.Request);
            var page = await services.Reader.RunAsync(plan, explain, context.Cancellation);
            context.HttpContext.Response.RegisterForDispose(page.Rows);
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

    private static async Task<IResult> RetrieveAsync(BatchRequestContext context, bool deleted)
    {
        var (services, caller) = (context.Services, context.Caller);
        var errors = new ValidationErrors();
        var parameters = services.RequestReader.ReadQuery(context.Request, BatchParameters.Retrieve.Names, errors);
        var fields = FieldsParameter.ParseNames(parameters[ApiParameters.KeptFields.Name], errors);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        var batch = ObjectIdGenerator.IsValid(context.Id)
            ? await services.Reader.FindAsync(caller.AccountId, deleted, context.Policy, context.Id, fields, context.Cancellation)
            : null;
        if (batch is null)
            return Problem.BatchNotFound;
        if (EntityTags.IfNoneMatchContains(context.Request.Headers, batch.Version))
        {
            context.HttpContext.Response.Headers.ETag = EntityTags.FromVersion(batch.Version);
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }
        var response = BatchResponses.Ok(batch, fields);
        await services.Concurrency.ReserveResponseAsync(context.HttpContext, response.Body.Length);
        return new StoredResponseResult(response);
    }
}
