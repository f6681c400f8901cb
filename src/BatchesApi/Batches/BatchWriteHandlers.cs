using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>The operations that change something.</summary>
internal static class BatchWriteHandlers
{
    private static Problem InvalidIfMatch { get; } =
        Problem.InvalidHeader("If-Match", "must be * or entity tags, such as \"3\", with the quotes and with commas between.");

    private static Problem InvalidIdempotencyKey { get; } = Problem.InvalidHeader(
        IdempotencyKey.Header, $"must be given once, as 1 to {IdempotencyRecord.MaxKeyLength} printable ASCII characters.");

    private static Problem CodeTaken { get; } = new(
        ProblemCode.BatchCodeTaken, "Another batch of this account, not deleted, has this batchCode. Choose another.");

    private static Problem HiddenCodeTaken { get; } = new(
        ProblemCode.BatchCodeTaken, "A batch of this account that this credential cannot see has the batchCode. Choose another. Nothing was created.");

    private static Problem HiddenCodesTaken { get; } = new(
        ProblemCode.BatchCodeTaken, "One or more batchCodes are taken by batches of this account that this credential cannot see. Nothing was created.");

    private static Problem OutsidePolicy { get; } = new(
        ProblemCode.OutsidePolicy, "The batch would not meet the policy of this credential, which GET /api/v2/keys/me shows. Nothing was changed.");

    private static Problem KeyReused { get; } = new(
        ProblemCode.IdempotencyKeyReused, "This credential sent another request, by its method, path or body, with this Idempotency-Key. Nothing was changed.");

    private static Problem KeyInFlight { get; } = new(
        ProblemCode.IdempotencyKeyInFlight, "Another request with this Idempotency-Key has not been answered yet. Send it again in a moment.");

    /// <summary>Creates a batch, or several.</summary>
    public static async Task<IResult> Create(BatchRequestContext context)
    {
        await context.Services.Concurrency.ReserveBodyAsync(context.Context, BatchBodyReader.MaxArrayBytes);
        var (body, problem) = await BatchRequestReader.CreateBodyAsync(context.Request, context.Cancellation);
        if (body is null)
            return problem!;
        var isArray = body.IsArray;
        if (isArray && await context.Services.Limiter.AcquireIntensiveAsync(context.Request.HttpContext) is { Exceeded: not null } limits)
            return limits.ToProblem();
        if (isArray)
            await context.Services.Concurrency.BeginBulkWriteAsync(context.Context);
        (var inputs, problem) = context.Services.Requests.ReadCreate(body);
        if (inputs is null)
            return problem!;

        var batches = inputs.Select(input => input.Values).ToList();
        var now = context.Services.Clock.GetUtcNowMicroseconds();
        foreach (var batch in batches)
        {
            batch.Id = context.Services.Ids.Next();
            batch.AccountId = context.Caller.AccountId;
            batch.CreatedAt = batch.UpdatedAt = now;
            batch.Version = 1;
        }

        StoredResponse Tell(IReadOnlyList<Batch> created) => isArray
            ? BatchResponses.Created(created)
            : BatchResponses.Created(created[0], $"{BatchRoutes.Path}/{created[0].Id}");
        if (!TryGetClaim(context, body.Bytes, Tell, out var claim))
            return InvalidIdempotencyKey;
        return ToResult(
            await context.Services.Writer.CreateAsync(context.Caller.Policy, batches, context.Caller.Actor, claim, context.Cancellation),
            created => new StoredResponseResult(Tell(created)),
            isArray);
    }

    /// <summary>Replaces every field.</summary>
    public static Task<IResult> Update(BatchRequestContext context) => UpdateAsync(partial: false, context);

    /// <summary>Sets the fields that are passed.</summary>
    public static Task<IResult> Patch(BatchRequestContext context) => UpdateAsync(partial: true, context);

    /// <summary>Moves a batch to the deleted ones.</summary>
    public static async Task<IResult> Delete(BatchRequestContext context)
    {
        if (!TryGetTarget(context, out var target, out var problem))
            return problem;
        return ToResult(await context.Services.Writer.DeleteAsync(target, context.Caller.Actor, context.Cancellation), _ => TypedResults.NoContent());
    }

    /// <summary>Brings a deleted batch back to life.</summary>
    public static async Task<IResult> Restore(BatchRequestContext context)
    {
        if (!TryGetTarget(context, out var target, out var problem))
            return problem;
        ReadOnlyMemory<byte> body = default;
        if (context.Request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            // The operation takes no body, but the key stands for one all the same.
            await context.Services.Concurrency.ReserveBodyAsync(context.Context, BatchBodyReader.MaxBytes);
            if (await BodyBuffer.ReadAsync(context.Request, BatchBodyReader.MaxBytes, BatchBodyReader.MaxBytes, context.Cancellation) is not { } bytes)
                return Problem.UnreadableBody(BodyError.TooLarge, "The operation takes no body.");
            body = bytes;
        }
        if (!TryGetClaim(context, body, Tell, out var claim))
            return InvalidIdempotencyKey;
        var memory = await context.Services.Concurrency.ReserveResponseAsync(context.Context);
        return ToResult(
            await context.Services.Writer.RestoreAsync(target, context.Caller.Actor, claim, context.Cancellation), restored => Respond(Tell(restored), memory));

        static StoredResponse Tell(IReadOnlyList<Batch> restored) => BatchResponses.Create(restored[0], FieldSet.All);
    }

    private static async Task<IResult> UpdateAsync(bool partial, BatchRequestContext context)
    {
        var memory = await context.Services.Concurrency.ReserveBodyAndResponseAsync(context.Context, BatchBodyReader.MaxBytes);
        var (input, problem) = await context.Services.Requests.BodyAsync(context.Request, partial, context.Cancellation);
        if (problem is not null)
            return problem;
        if (!TryGetTarget(context, out var target, out problem))
            return problem;
        var passed = partial ? input!.Passed : FieldSet.All;
        memory ??= await context.Services.Concurrency.ReserveResponseAsync(context.Context);
        return ToResult(
            await context.Services.Writer.UpdateAsync(target, input!.Values, passed, context.Caller.Actor, context.Cancellation),
            updated => Respond(BatchResponses.Create(updated[0], FieldSet.All), memory));
    }

    private static StoredResponseResult Respond(StoredResponse response, IDisposable memory)
    {
        ConcurrencyLimits.Release(memory, response.Body.Length);
        return new StoredResponseResult(response);
    }

    private static bool TryGetTarget(BatchRequestContext context, [NotNullWhen(true)] out BatchTarget? target, [NotNullWhen(false)] out Problem? problem)
    {
        (target, problem) = (null, null);
        if (!EntityTags.TryReadIfMatch(context.Request.Headers, out var versions))
            problem = InvalidIfMatch;
        else if (!ObjectIdGenerator.IsValid(context.Id))
            problem = Problem.BatchNotFound;
        else
            target = new BatchTarget(context.Caller.AccountId, context.Caller.Policy, context.Id, versions, HidesChanges: context.Caller.PolicyText is not null);
        return target is not null;
    }

    private static bool TryGetClaim(BatchRequestContext context, ReadOnlyMemory<byte> body, Func<IReadOnlyList<Batch>, StoredResponse> createResponse, out IdempotencyClaim? claim)
    {
        var isWellFormed = IdempotencyKey.TryRead(context.Request, body.Span, out var key);
        claim = key is null ? null : new IdempotencyClaim(context.Caller.CredentialId, key.Value, key.RequestHash, createResponse);
        return isWellFormed;
    }

    private static IResult ToResult(WriteResult result, Func<IReadOnlyList<Batch>, IResult> done, bool isArray = false) => result.Outcome switch
    {
        WriteOutcome.Done when result.StoredResponse is { } kept => new StoredResponseResult(kept),
        WriteOutcome.Done => done(result.Batches),
        WriteOutcome.Replayed => new StoredResponseResult(result.StoredResponse!, IsReplay: true),
        WriteOutcome.CodeTaken when isArray && result.RejectedIndexes.Count > 0 => ToConflict(ProblemCode.BatchCodeTaken, "The items named in 'errors' have codes that are taken; nothing was created.",
            result, $".{BatchFields.BatchCode.Name}", "is the code of another batch of this account."),
        WriteOutcome.CodeTaken => CodeTaken,
        WriteOutcome.HiddenCodeTaken => isArray ? HiddenCodesTaken : HiddenCodeTaken,
        WriteOutcome.OutsidePolicy when isArray => ToConflict(ProblemCode.OutsidePolicy,
            "The items named in 'errors' do not meet the policy of this credential, which GET /api/v2/keys/me shows; nothing was created.",
            result, "", "does not meet the policy."),
        WriteOutcome.OutsidePolicy => OutsidePolicy,
        WriteOutcome.VersionDiffers => Problem.VersionDiffers(result.Version!.Value, result.Changed),
        WriteOutcome.KeyReused => KeyReused,
        WriteOutcome.KeyInFlight => KeyInFlight,
        _ => Problem.BatchNotFound,
    };

    private static Problem ToConflict(ProblemCode code, string detail, WriteResult result, string member, string error)
    {
        var errors = new ValidationErrors();
        foreach (var i in result.RejectedIndexes)
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"[{i}]{member}"), error);
        return new Problem(code, detail, errors);
    }
}
