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
        var patches = services.RequestReader.ReadCreate(body.Value);
        if (patches.Problem is { } invalid)
            return invalid;
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
        return Respond(result, CreateResponse, isArray: isArray);

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
        var target = ReadTarget(context);
        if (target.Problem is { } problem)
            return problem;
        var result = await context.Services.Writer.DeleteAsync(target.Value, context.Caller.Actor, context.Cancellation);
        return WriteProblems.Find(result) ?? (IResult)TypedResults.NoContent();
    }

    public static async Task<IResult> Restore(BatchRequestContext context)
    {
        var target = ReadTarget(context);
        if (target.Problem is { } problem)
            return problem;
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
        return Respond(result, CreateSingleResponse, memory);
    }

    private static async Task<IResult> UpdateAsync(BatchRequestContext context, bool partial)
    {
        var (http, concurrency) = (context.HttpContext, context.Services.Concurrency);
        var memory = await concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, ConcurrencyLimits.MaxBatchBytes);
        var patch = await context.Services.RequestReader.ReadUpdateAsync(context.Request, partial);
        if (patch.Problem is { } invalid)
            return invalid;
        var target = ReadTarget(context);
        if (target.Problem is { } problem)
            return problem;
        memory ??= await concurrency.ReserveResponseAsync(http, ConcurrencyLimits.MaxBatchBytes);
        var (values, fields) = (patch.Value.Values, partial ? patch.Value.Passed : FieldSet.All);
        var result = await context.Services.Writer.UpdateAsync(target.Value, values, fields, context.Caller.Actor, context.Cancellation);
        return Respond(result, CreateSingleResponse, memory);
    }

    /// <summary>The batch in the path, on the condition of <c>If-Match</c>.</summary>
    private static Result<BatchTarget> ReadTarget(BatchRequestContext context)
    {
        var versions = EntityTags.ReadIfMatch(context.Request.Headers);
        if (versions.Problem is { } problem)
            return problem;
        var caller = context.Caller;
        return ObjectIdGenerator.IsValid(context.Id)
            ? new BatchTarget(caller.AccountId, caller.Policy, context.Id, versions.Value, HidesChanges: caller.PolicyText is not null)
            : Problem.BatchNotFound;
    }

    /// <summary>The claim on the idempotency key of the request; null if there is no key.</summary>
    private static Result<IdempotencyClaim?> ReadClaim(
        BatchRequestContext context, ReadOnlyMemory<byte> body, Func<IReadOnlyList<Batch>, StoredResponse> createResponse)
    {
        var key = IdempotencyKey.Read(context.Request, body.Span);
        if (key.Problem is { } problem)
            return problem;
        return key.Value is { } header
            ? new IdempotencyClaim(context.Caller.CredentialId, header.Value, header.RequestHash, createResponse)
            : null;
    }

    private static StoredResponse CreateSingleResponse(IReadOnlyList<Batch> batches) => BatchResponses.Ok(batches[0], FieldSet.All);

    /// <summary>The problem of a failed write; otherwise the response that is stored under the idempotency key, or a new one.</summary>
    private static IResult Respond(
        WriteResult result, Func<IReadOnlyList<Batch>, StoredResponse> createResponse, IDisposable? memory = null, bool isArray = false)
    {
        if (WriteProblems.Find(result, isArray) is { } problem)
            return problem;
        if (result.StoredResponse is { } stored)
            return new StoredResponseResult(stored, IsReplay: result.Outcome == WriteOutcome.Replayed);
        var response = createResponse(result.Batches);
        ConcurrencyLimits.ReleaseIfSmall(memory, response.Body.Length);
        return new StoredResponseResult(response);
    }
}
