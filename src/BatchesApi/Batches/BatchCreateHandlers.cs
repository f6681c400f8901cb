using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

internal static class BatchCreateHandlers
{
    /// <summary>Creates a batch, or several from an array.</summary>
    public static Task<IResult> Create(BatchRequestContext context) => CreateAsync(context, isBulk: false);

    /// <summary>Creates several batches, and responds with their numbers, too.</summary>
    public static Task<IResult> CreateBulk(BatchRequestContext context) => CreateAsync(context, isBulk: true);

    private static async Task<IResult> CreateAsync(BatchRequestContext context, bool isBulk)
    {
        var (services, http) = (context.Services, context.HttpContext);
        if (isBulk && await services.RateLimiter.AcquireIntensiveAsync(http) is { Exceeded: not null } bulkLimit)
            return bulkLimit.ToProblem();
        if (BatchLeaseHeader.FindUse(context.Request.Headers) is { } invalidLease)
            return invalidLease;
        var parameterErrors = new ValidationErrors();
        var parameters = services.RequestReader.ReadQuery(context.Request, BatchParameters.Create.Names, parameterErrors);
        var onConflict = ParseConflictAction(parameters[ApiParameters.OnConflict.Name], parameterErrors);
        if (parameterErrors.HasErrors)
            return Problem.InvalidParameters(parameterErrors);

        // An upsert returns batches that may be larger than the request.
        var isUpsert = onConflict != ConflictAction.Error;
        var memory = await services.Concurrency.ReserveBodyAsync(
            http, BatchBodyReader.MaxArrayBytes, isUpsert ? services.Concurrency.MaxBulkBytes : 0);
        var body = await RequestBody.ReadAsync(
            context.Request,
            BatchBodyReader.MaxBytes,
            BatchBodyReader.MaxArrayBytes,
            isBulk ? AcceptedFormats.JsonOrCsv : AcceptedFormats.JsonOrForm);
        if (body.Problem is { } unreadable)
            return unreadable;
        var isArray = body.Value.IsArray || body.Value.Format == BodyFormat.Csv;
        if (isBulk && !isArray)
            return BatchRequestReader.NotArray(body.Value);
        if (isArray)
        {
            if (!isBulk && await services.RateLimiter.AcquireIntensiveAsync(http) is { Exceeded: not null } limit)
                return limit.ToProblem();
            await services.Concurrency.BeginBulkWriteAsync(http);
        }
        if (isUpsert)
        {
            memory ??= await services.Concurrency.ReserveResponseAsync(
                http, isArray ? services.Concurrency.MaxBulkBytes : ConcurrencyLimits.MaxBatchBytes);
        }
        var errors = new ValidationErrors();
        var patches = isArray
            ? services.RequestReader.ReadCreates(body.Value, isUpsert, errors)
            : services.RequestReader.ReadCreate(body.Value, isUpsert, errors);
        if (patches.Problem is { } invalid)
            return invalid;
        var codes = new ArrayCodes(patches.Value, errors);
        codes.AddDuplicateErrors(errors);
        if (errors.HasErrors)
            return await RejectAsync(context, codes, isArray, isUpsert, errors);

        var changeId = isArray ? services.Ids.Next() : null;
        var claim = BatchWriteResponses.ReadClaim(context, body.Value.Bytes, CreateResponse);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        var target = new UpsertTarget(
            context.Caller.AccountId, context.Policy, patches.Value, PrepareBatches(context, patches.Value), onConflict);
        var result = isUpsert
            ? await services.UpsertWriter.UpsertAsync(target, context.Caller.Actor, changeId, claim.Value, context.Cancellation)
            : await services.Writer.CreateAsync(
                target.Policy, target.Batches, context.Caller.Actor, changeId, claim.Value, context.Cancellation);
        return BatchWriteResponses.Respond(
            result, CreateResponse, new WriteProblems(context.Request.Headers, isArray ? codes : null), memory);

        StoredResponse CreateResponse(WriteResult written)
        {
            var (created, updated) = (written.Bulk?.Created ?? written.Batches.Count, written.Bulk?.Changed ?? 0);
            return (isBulk, isArray, created) switch
            {
                (true, _, _) => BatchResponses.Bulk(written.Batches, created, updated, changeId),
                (_, true, _) => BatchResponses.Array(written.Batches, created),
                (_, _, 0) => BatchResponses.Ok(written.Batches[0], FieldSet.All),
                _ => BatchResponses.Created(written.Batches[0], $"{BatchRoutes.Path}/{written.Batches[0].Id}"),
            };
        }
    }

    private static ConflictAction ParseConflictAction(QueryParameter? parameter, ValidationErrors errors)
    {
        if (parameter is not { } given)
            return ConflictAction.Error;
        if (Enum.GetValues<ConflictAction>().Where(IsGiven).ToList() is [var action])
            return action;
        errors.Add(given.Name, "must be error, update or skip.");
        return ConflictAction.Error;

        bool IsGiven(ConflictAction action) => given.Value.Equals(action.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The batches to create, including the fields that the server sets.</summary>
    private static Batch[] PrepareBatches(BatchRequestContext context, BatchPatch[] patches)
    {
        var now = context.Services.Clock.GetUtcNowMicroseconds();
        var batches = Array.ConvertAll(patches, patch => patch.Values);
        foreach (var batch in batches)
        {
            batch.Id = context.Services.Ids.Next();
            batch.AccountId = context.Caller.AccountId;
            batch.CreatedAt = batch.UpdatedAt = now;
            batch.Version = 1;
        }
        return batches;
    }

    /// <summary>The problem of batches with errors. It also has the errors that depend on the codes of other batches, so that the client
    /// can correct everything: taken codes of an array, and absent types of new batches.</summary>
    private static async Task<Problem> RejectAsync(
        BatchRequestContext context, ArrayCodes codes, bool isArray, bool isUpsert, ValidationErrors errors)
    {
        if ((isArray || isUpsert) && !errors.IsFull && codes.Distinct is { Length: > 0 } distinct)
        {
            var taken = await context.Services.Writer.FindTakenCodesAsync(
                context.Caller.AccountId, context.Policy, distinct, context.Cancellation);
            if (isUpsert)
                codes.AddAbsentTypeErrors(taken, errors);
            else
                codes.AddTakenErrors(taken, errors);
        }
        return Problem.InvalidBody(errors);
    }
}
