using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

internal static class BatchWriteHandlers
{
    /// <summary>Creates a batch, or several from an array.</summary>
    public static async Task<IResult> Create(BatchRequestContext context)
    {
        var (services, caller) = (context.Services, context.Caller);
        await services.Concurrency.ReserveBodyAsync(context.HttpContext, BatchBodyReader.MaxArrayBytes);
        var body = await RequestBody.ReadAsync(context.Request, BatchBodyReader.MaxBytes, BatchBodyReader.MaxArrayBytes);
        if (body.Problem is { } unreadable)
            return unreadable;
        var isArray = body.Value.IsArray;
        if (isArray)
        {
            if (await services.RateLimiter.AcquireIntensiveAsync(context.HttpContext) is { Exceeded: not null } limit)
                return limit.ToProblem();
            await services.Concurrency.BeginBulkWriteAsync(context.HttpContext);
        }
        var errors = new ValidationErrors();
        var patches = isArray ? services.RequestReader.ReadCreate(body.Value, errors) : services.RequestReader.ReadCreate(body.Value);
        if (patches.Problem is { } invalid)
            return invalid;
        var codes = isArray ? new ArrayCodes(patches.Value, errors) : null;
        codes?.AddDuplicateErrors(errors);
        if (codes is not null && errors.HasErrors)
            return await RejectArrayAsync(context, codes, errors);
        var claim = ReadClaim(context, body.Value.Bytes, CreateResponse);
        if (claim.Problem is { } invalidKey)
            return invalidKey;

        var batches = Array.ConvertAll(patches.Value, patch => patch.Values);
        var now = services.Clock.GetUtcNowMicroseconds();
        foreach (var batch in batches)
        {
            batch.Id = services.Ids.Next();
            batch.AccountId = caller.AccountId;
            batch.CreatedAt = batch.UpdatedAt = now;
            batch.Version = 1;
        }
        var result = await services.Writer.CreateAsync(caller.Policy, batches, caller.Actor, claim.Value, context.Cancellation);
        return Respond(result, CreateResponse, new WriteProblems(context.Request.Headers, codes));

        StoredResponse CreateResponse(IReadOnlyList<Batch> created) => isArray
            ? BatchResponses.Created(created)
            : BatchResponses.Created(created[0], $"{BatchRoutes.Path}/{created[0].Id}");
    }

    /// <summary>Replaces all fields.</summary>
    public static Task<IResult> Update(BatchRequestContext context) => UpdateAsync(context, partial: false);

    /// <summary>Sets the passed fields.</summary>
    public static Task<IResult> Patch(BatchRequestContext context) => UpdateAsync(context, partial: true);

    public static async Task<IResult> Delete(BatchRequestContext context)
    {
        var target = await ReadTargetAsync(context, deleted: false);
        if (target.Problem is { } problem)
            return problem;
        var result = await context.Services.Writer.DeleteAsync(target.Value, context.Caller.Actor, context.Cancellation);
        return new WriteProblems(context.Request.Headers).Find(result) ?? (IResult)TypedResults.NoContent();
    }

    public static async Task<IResult> Restore(BatchRequestContext context)
    {
        var target = await ReadTargetAsync(context, deleted: true);
        if (target.Problem is { } problem)
        {
            if (problem.Code == ProblemCode.InvalidHeader && IdempotencyKey.FindError(context.Request.Headers) is { } error)
                problem.Errors!.Add(IdempotencyKey.Header, error);
            return problem;
        }
        var (http, concurrency) = (context.HttpContext, context.Services.Concurrency);
        IDisposable? memory = null;
        Result<ReadOnlyMemory<byte>> body = default;
        if (context.Request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            // A restore has no body, but a retry with the same key must not have another one.
            memory = await concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, ConcurrencyLimits.MaxBatchBytes);
            body = await RequestBody.ReadBytesAsync(context.Request, BatchBodyReader.MaxBytes);
            if (body.Problem is { } tooLarge)
                return tooLarge;
        }
        var claim = ReadClaim(context, body.Value, CreateSingleResponse);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        memory ??= await concurrency.ReserveResponseAsync(http, ConcurrencyLimits.MaxBatchBytes);
        var result = await context.Services.Writer.RestoreAsync(target.Value, context.Caller.Actor, claim.Value, context.Cancellation);
        return Respond(result, CreateSingleResponse, new WriteProblems(context.Request.Headers, RestoredId: context.Id), memory);
    }

    /// <summary>The problem of an array with errors. It also names the taken codes, so that the client can correct everything.</summary>
    private static async Task<Problem> RejectArrayAsync(BatchRequestContext context, ArrayCodes codes, ValidationErrors errors)
    {
        var caller = context.Caller;
        if (!errors.IsFull && codes.Distinct is { Length: > 0 } distinct)
        {
            codes.AddTakenErrors(
                await context.Services.Writer.FindTakenCodesAsync(caller.AccountId, caller.Policy, distinct, context.Cancellation), errors);
        }
        return Problem.InvalidBody(errors);
    }

    private static async Task<IResult> UpdateAsync(BatchRequestContext context, bool partial)
    {
        var (http, concurrency) = (context.HttpContext, context.Services.Concurrency);
        var memory = await concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, ConcurrencyLimits.MaxBatchBytes);
        var patch = await context.Services.RequestReader.ReadUpdateAsync(context.Request, partial);
        if (patch.Problem is { } invalid)
            return invalid;
        var target = await ReadTargetAsync(context, deleted: false);
        if (target.Problem is { } problem)
            return problem;
        memory ??= await concurrency.ReserveResponseAsync(http, ConcurrencyLimits.MaxBatchBytes);
        var (values, fields) = (patch.Value.Values, partial ? patch.Value.Passed : FieldSet.All);
        var result = await context.Services.Writer.UpdateAsync(target.Value, values, fields, context.Caller.Actor, context.Cancellation);
        return Respond(result, CreateSingleResponse, new WriteProblems(context.Request.Headers), memory);
    }

    /// <summary>The batch in the path, on the condition of <c>If-Match</c>. An unknown batch precedes a malformed header.</summary>
    private static ValueTask<Result<BatchTarget>> ReadTargetAsync(BatchRequestContext context, bool deleted)
    {
        var caller = context.Caller;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return new(Problem.BatchNotFound);
        var versions = EntityTags.ReadIfMatch(context.Request.Headers);
        return versions.Problem is { } problem
            ? RejectHeaderAsync(context, deleted, problem)
            : new(new BatchTarget(
                caller.AccountId, caller.Policy, context.Id, versions.Value, HidesChanges: caller.PolicyText is not null));
    }

    private static async ValueTask<Result<BatchTarget>> RejectHeaderAsync(BatchRequestContext context, bool deleted, Problem problem)
    {
        var caller = context.Caller;
        var batch = await context.Services.Reader.FindAsync(
            caller.AccountId, deleted, caller.Policy, context.Id, default, context.Cancellation, isForWrite: true);
        return batch is null ? Problem.BatchNotFound : problem;
    }

    /// <summary>The claim on the idempotency key of the request; null if there is no key.</summary>
    private static Result<IdempotencyClaim?> ReadClaim(
        BatchRequestContext context, ReadOnlyMemory<byte> body, Func<IReadOnlyList<Batch>, StoredResponse> createResponse)
    {
        var key = IdempotencyKey.Read(context.Request, body.Span);
        if (key.Problem is { } problem)
            return problem;
        return key.Value is { } header
            ? new IdempotencyClaim(
                context.Caller.AccountId, context.Caller.CredentialId, header.Value, header.RequestHash, createResponse)
            : null;
    }

    private static StoredResponse CreateSingleResponse(IReadOnlyList<Batch> batches) => BatchResponses.Ok(batches[0], FieldSet.All);

    /// <summary>The problem of a failed write; otherwise the response that is stored under the idempotency key, or a new one.</summary>
    private static IResult Respond(
        WriteResult result,
        Func<IReadOnlyList<Batch>, StoredResponse> createResponse,
        WriteProblems problems,
        IDisposable? memory = null)
    {
        if (problems.Find(result) is { } problem)
            return problem;
        if (result.StoredResponse is { } stored)
            return new StoredResponseResult(stored, IsReplay: result.Outcome == WriteOutcome.Replayed);
        var response = createResponse(result.Batches);
        ConcurrencyLimits.ReleaseIfSmall(memory, response.Body.Length);
        return new StoredResponseResult(response);
    }
}
