using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

internal static class BatchWriteHandlers
{
    /// <summary>Replaces all fields.</summary>
    public static Task<IResult> Update(BatchRequestContext context) => UpdateAsync(context, partial: false);

    /// <summary>Sets the passed fields.</summary>
    public static Task<IResult> Patch(BatchRequestContext context) => UpdateAsync(context, partial: true);

    /// <summary>Deletes an active batch, or removes a deleted one for good.</summary>
    public static async Task<IResult> Delete(BatchRequestContext context)
    {
        var (services, caller) = (context.Services, context.Caller);
        var errors = new ValidationErrors();
        var parameters = services.RequestReader.ReadQuery(context.Request, BatchParameters.Delete.Names, errors);
        var permanent = parameters.GetBoolean(ApiParameters.Permanent, errors);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        if (permanent && caller.Scope < Scope.Admin)
            return BearerAuthentication.Forbid(context.HttpContext, caller.Scope, Scope.Admin);
        var target = await ReadTargetAsync(context, deleted: permanent);
        if (target.Problem is { } problem)
            return problem;
        var result = permanent
            ? await services.Writer.RemoveAsync(
                target.Value,
                caller.Actor,
                await services.Policies.ReadAsync(caller.AccountId, context.Cancellation),
                context.Cancellation)
            : await services.Writer.ChangeAsync(target.Value, BatchUpdate.Delete, caller.Actor, claim: null, context.Cancellation);
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
        var claim = BatchWriteResponses.ReadClaim(context, body.Value, BatchWriteResponses.CreateSingle);
        if (claim.Problem is { } invalidKey)
            return invalidKey;
        memory ??= await concurrency.ReserveResponseAsync(http, ConcurrencyLimits.MaxBatchBytes);
        var result = await context.Services.Writer.ChangeAsync(
            target.Value, BatchUpdate.Restore, context.Caller.Actor, claim.Value, context.Cancellation);
        return BatchWriteResponses.Respond(
            result, BatchWriteResponses.CreateSingle, new WriteProblems(context.Request.Headers, RestoredId: context.Id), memory);
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
        var change = BatchUpdate.FromPatch(patch.Value, partial ? patch.Value.Passed : FieldSet.All);
        var result = await context.Services.Writer.ChangeAsync(
            target.Value, change, context.Caller.Actor, claim: null, context.Cancellation);
        return BatchWriteResponses.Respond(
            result, BatchWriteResponses.CreateSingle, new WriteProblems(context.Request.Headers), memory);
    }

    /// <summary>The batch in the path, on the conditions of <c>If-Match</c> and <c>Batch-Lease</c>. An unknown batch precedes a malformed
    /// header.</summary>
    private static ValueTask<Result<BatchTarget>> ReadTargetAsync(BatchRequestContext context, bool deleted)
    {
        var caller = context.Caller;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return new(Problem.BatchNotFound);
        var versions = EntityTags.ReadIfMatch(context.Request.Headers);
        var lease = BatchLeaseHeader.Read(context.Request.Headers);
        if (versions.Problem is { } problem)
        {
            foreach (var (name, messages) in lease.Problem?.Errors ?? [])
                problem.Errors!.Add(name, messages[0]);
        }
        return (versions.Problem ?? lease.Problem) is { } invalid
            ? RejectHeaderAsync(context, deleted, invalid)
            : new(new BatchTarget(
                caller.AccountId, context.Policy, context.Id, versions.Value, HidesChanges: caller.PolicyText is not null)
            {
                LeaseHash = lease.Value,
            });
    }

    private static async ValueTask<Result<BatchTarget>> RejectHeaderAsync(BatchRequestContext context, bool deleted, Problem problem)
    {
        var caller = context.Caller;
        var batch = await context.Services.Reader.FindAsync(
            caller.AccountId, deleted, context.Policy, context.Id, default, context.Cancellation, isForWrite: true);
        return batch is null ? Problem.BatchNotFound : problem;
    }
}
