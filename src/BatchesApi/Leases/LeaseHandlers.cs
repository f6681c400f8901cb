using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Leases;

internal static class LeaseHandlers
{
    /// <summary>Maximum size in bytes of the body of an extension.</summary>
    private const int MaxExtensionBytes = 16 * 1024;

    /// <summary>Claims batches for the caller.</summary>
    public static async Task<IResult> Claim(BatchRequestContext context)
    {
        var (http, services, caller) = (context.HttpContext, context.Services, context.Caller);
        if (await services.RateLimiter.AcquireIntensiveAsync(http) is { Exceeded: not null } limit)
            return limit.ToProblem();
        if (BatchLeaseHeader.FindUse(context.Request.Headers) is { } invalidLease)
            return invalidLease;
        var memory = await services.Concurrency.ReserveBodyAsync(http, BatchBodyReader.MaxBytes, services.Concurrency.MaxBulkBytes);
        var body = await RequestBody.ReadAsync(context.Request, BatchBodyReader.MaxBytes, accepted: AcceptedFormats.Json);
        if (body.Problem is { } unreadable)
            return unreadable;
        var request = LeaseRequestReader.ReadClaim(services.RequestReader, body.Value);
        if (request.Problem is { } invalid)
            return invalid;
        var key = BatchWriteResponses.ReadClaim(context, body.Value.Bytes, LeaseResponses.Claimed);
        if (key.Problem is { } invalidKey)
            return invalidKey;
        memory ??= await services.Concurrency.ReserveResponseAsync(
            http, Math.Min((long)request.Value.Limit * ConcurrencyLimits.MaxBatchBytes, services.Concurrency.MaxBulkBytes));
        await services.Concurrency.BeginBulkWriteAsync(http);

        try
        {
            var result = await services.LeaseWriter.ClaimAsync(
                CreatePlan(context, request.Value), caller.Actor, key.Value, context.Cancellation);
            return BatchWriteResponses.Respond(
                result, LeaseResponses.Claimed, new WriteProblems(context.Request.Headers, IsClaim: true), memory);
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ClaimTimeout(exception.Limit);
        }
    }

    public static async Task<IResult> Extend(BatchRequestContext context)
    {
        var services = context.Services;
        var request = await RequestBody.ReadJsonAsync(context.Request, MaxExtensionBytes, LeaseRequestReader.ReadExtension);
        if (request.Problem is { } invalid)
            return invalid;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return Problem.BatchNotFound;
        var result = await services.LeaseWriter.ExtendAsync(
            CreateTarget(context, LeaseToken.Hash(request.Value.Token)), request.Value.Duration, context.Cancellation);
        return new WriteProblems(context.Request.Headers).Find(result)
            ?? (IResult)new StoredResponseResult(LeaseResponses.Extended(request.Value.Token, result.LeaseUntil!.Value));
    }

    /// <summary>Gives a lease back. An unknown batch precedes an invalid header.</summary>
    public static async Task<IResult> Release(BatchRequestContext context)
    {
        if (!ObjectIdGenerator.IsValid(context.Id))
            return Problem.BatchNotFound;
        var headers = context.Request.Headers;
        var lease = BatchLeaseHeader.Read(headers);
        var hash = lease.Problem is null ? lease.Value : null;

        // Without a token no lease is found, but the batch may be.
        var result = await context.Services.LeaseWriter.ReleaseAsync(CreateTarget(context, hash ?? []), context.Cancellation);
        if (result.Outcome == WriteOutcome.LeaseLost && hash is null)
            return lease.Problem ?? Problem.InvalidHeader(BatchLeaseHeader.Name, "is required: the token of the lease.");
        return new WriteProblems(headers).Find(result) ?? (IResult)TypedResults.NoContent();
    }

    private static ClaimPlan CreatePlan(BatchRequestContext context, ClaimRequest request)
    {
        var list = ListPlanner.PlanSelection(
            context.Caller.AccountId,
            Condition.AllOf(context.Caller.Policy, request.Where),
            context.RelativeValues,
            deleted: false,
            request.Order,
            request.Limit);
        var set = request.Set is { } patch && patch.Passed != default
            ? BatchUpdate.FromPatch(patch, patch.Passed)
            : null;
        return new ClaimPlan(list, context.Policy, request.Duration, set);
    }

    private static BatchTarget CreateTarget(BatchRequestContext context, byte[] leaseHash) =>
        new(context.Caller.AccountId, context.Policy, context.Id, Versions: null, HidesChanges: false) { LeaseHash = leaseHash };
}
