using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;
using BatchesApi.Writing;

namespace BatchesApi.Batches;

/// <summary>The operations that change something.</summary>
internal static class WriteOperations
{
    private static Problem BadIfMatch { get; } =
        Problem.InvalidHeader("If-Match", "must be * or entity tags, such as \"3\", with the quotes and with commas between.");

    private static Problem BadIdempotencyKey { get; } = Problem.InvalidHeader(
        IdempotencyKey.Header, $"must be given once, as 1 to {IdempotencyRecord.KeyLimit} printable ASCII characters.");

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
    public static async Task<IResult> Create(BatchCall call)
    {
        await call.Services.Concurrency.ReserveBodyAsync(call.Context, BatchBody.MaxArrayBytes);
        var (body, problem) = await BatchRequests.CreateBodyAsync(call.Request, call.Cancellation);
        if (body is null)
            return problem!;
        var isArray = body.IsArray;
        if (isArray && await call.Services.Limiter.TakeIntensiveAsync(call.Request.HttpContext) is { Exceeded: not null } limits)
            return limits.ToProblem();
        if (isArray)
            await call.Services.Concurrency.BeginBulkWriteAsync(call.Context);
        (var inputs, problem) = call.Services.Requests.ReadCreate(body);
        if (inputs is null)
            return problem!;

        var batches = inputs.Select(input => input.Values).ToList();
        var now = call.Services.Clock.Now();
        foreach (var batch in batches)
        {
            batch.Id = call.Services.Ids.Next();
            batch.AccountId = call.Caller.AccountId;
            batch.CreatedAt = batch.UpdatedAt = now;
            batch.Version = 1;
        }

        Answer Tell(IReadOnlyList<Batch> created) => isArray
            ? BatchAnswer.Created(created)
            : BatchAnswer.Created(created[0], $"{BatchRoutes.Path}/{created[0].Id}");
        if (!TryClaim(call, body.Bytes, Tell, out var claim))
            return BadIdempotencyKey;
        return ResultOf(
            await call.Services.Writer.CreateAsync(call.Caller.Policy, batches, call.Caller.Actor, claim, call.Cancellation),
            created => new AnswerResult(Tell(created)),
            isArray);
    }

    /// <summary>Replaces every field.</summary>
    public static Task<IResult> Update(BatchCall call) => UpdateAsync(partial: false, call);

    /// <summary>Sets the fields that are passed.</summary>
    public static Task<IResult> UpdateSoft(BatchCall call) => UpdateAsync(partial: true, call);

    /// <summary>Moves a batch to the deleted ones.</summary>
    public static async Task<IResult> Delete(BatchCall call)
    {
        if (!TryTarget(call, out var target, out var problem))
            return problem;
        return ResultOf(await call.Services.Writer.DeleteAsync(target, call.Caller.Actor, call.Cancellation), _ => TypedResults.NoContent());
    }

    /// <summary>Brings a deleted batch back to life.</summary>
    public static async Task<IResult> Restore(BatchCall call)
    {
        if (!TryTarget(call, out var target, out var problem))
            return problem;
        ReadOnlyMemory<byte> body = default;
        if (call.Request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            // The operation takes no body, but the key stands for one all the same.
            await call.Services.Concurrency.ReserveBodyAsync(call.Context, BatchBody.MaxBytes);
            if (await BodyBytes.ReadAsync(call.Request, BatchBody.MaxBytes, BatchBody.MaxBytes, call.Cancellation) is not { } bytes)
                return Problem.UnreadableBody(BodyFault.TooLarge, "The operation takes no body.");
            body = bytes;
        }
        if (!TryClaim(call, body, Tell, out var claim))
            return BadIdempotencyKey;
        var memory = await call.Services.Concurrency.ReserveResponseAsync(call.Context);
        return ResultOf(
            await call.Services.Writer.RestoreAsync(target, call.Caller.Actor, claim, call.Cancellation), restored => Respond(Tell(restored), memory));

        static Answer Tell(IReadOnlyList<Batch> restored) => BatchAnswer.Of(restored[0], FieldSet.All);
    }

    private static async Task<IResult> UpdateAsync(bool partial, BatchCall call)
    {
        var memory = await call.Services.Concurrency.ReserveBodyAndResponseAsync(call.Context, BatchBody.MaxBytes);
        var (input, problem) = await call.Services.Requests.BodyAsync(call.Request, partial, call.Cancellation);
        if (problem is not null)
            return problem;
        if (!TryTarget(call, out var target, out problem))
            return problem;
        var passed = partial ? input!.Passed : FieldSet.All;
        memory ??= await call.Services.Concurrency.ReserveResponseAsync(call.Context);
        return ResultOf(
            await call.Services.Writer.UpdateAsync(target, input!.Values, passed, call.Caller.Actor, call.Cancellation),
            updated => Respond(BatchAnswer.Of(updated[0], FieldSet.All), memory));
    }

    private static AnswerResult Respond(Answer response, IDisposable memory)
    {
        ConcurrencyLimits.Release(memory, response.Body.Length);
        return new AnswerResult(response);
    }

    private static bool TryTarget(BatchCall call, [NotNullWhen(true)] out Target? target, [NotNullWhen(false)] out Problem? problem)
    {
        (target, problem) = (null, null);
        if (!EntityTags.TryReadIfMatch(call.Request.Headers, out var versions))
            problem = BadIfMatch;
        else if (!ObjectId.IsValid(call.Id))
            problem = Problem.BatchNotFound;
        else
            target = new Target(call.Caller.AccountId, call.Caller.Policy, call.Id, versions, HidesChanges: call.Caller.PolicyText is not null);
        return target is not null;
    }

    private static bool TryClaim(BatchCall call, ReadOnlyMemory<byte> body, Func<IReadOnlyList<Batch>, Answer> tell, out Claim? claim)
    {
        var isWellFormed = IdempotencyKey.TryRead(call.Request, body.Span, out var key);
        claim = key is null ? null : new Claim(call.Caller.CredentialId, key.Value, key.RequestHash, tell);
        return isWellFormed;
    }

    private static IResult ResultOf(WriteResult result, Func<IReadOnlyList<Batch>, IResult> done, bool isArray = false) => result.Outcome switch
    {
        WriteOutcome.Done when result.Answer is { } kept => new AnswerResult(kept),
        WriteOutcome.Done => done(result.Batches),
        WriteOutcome.DoneBefore => new AnswerResult(result.Answer!, IsReplay: true),
        WriteOutcome.CodeTaken when isArray && result.Refused.Count > 0 => Refused(ProblemCode.BatchCodeTaken, "The items named in 'errors' have codes that are taken; nothing was created.",
            result, $".{BatchFields.BatchCode.Name}", "is the code of another batch of this account."),
        WriteOutcome.CodeTaken => CodeTaken,
        WriteOutcome.HiddenCodeTaken => isArray ? HiddenCodesTaken : HiddenCodeTaken,
        WriteOutcome.OutsidePolicy when isArray => Refused(ProblemCode.OutsidePolicy,
            "The items named in 'errors' do not meet the policy of this credential, which GET /api/v2/keys/me shows; nothing was created.",
            result, "", "does not meet the policy."),
        WriteOutcome.OutsidePolicy => OutsidePolicy,
        WriteOutcome.VersionDiffers => Problem.VersionDiffers(result.Version!.Value, result.Changed),
        WriteOutcome.KeyReused => KeyReused,
        WriteOutcome.KeyInFlight => KeyInFlight,
        _ => Problem.BatchNotFound,
    };

    private static Problem Refused(ProblemCode code, string detail, WriteResult result, string member, string fault)
    {
        var faults = new Faults();
        foreach (var i in result.Refused)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"[{i}]{member}"), fault);
        return new Problem(code, detail, faults);
    }
}
