using BatchesApi.Model;
using BatchesApi.Responses;
using BatchesApi.Writing;

namespace BatchesApi.Batches;

/// <summary>The operations that change something.</summary>
internal static class WriteOperations
{
    private static Problem CodeTaken { get; } = new(
        ProblemCode.BatchCodeTaken, "Another batch of this account, not deleted, has this batchCode. Choose another.");

    private static Problem OutsidePolicy { get; } = new(
        ProblemCode.OutsidePolicy, "The batch would not meet the policy of this credential, which GET /api/v2/keys/me shows. Nothing was changed.");

    /// <summary>Creates a batch.</summary>
    public static async Task<IResult> Create([AsParameters] BatchCall call)
    {
        var (input, problem) = await call.Requests.BodyAsync(call.Request, partial: false, call.Cancellation);
        if (problem is not null)
            return problem;

        var batch = input!.Values;
        batch.Id = call.Ids.Next();
        batch.AccountId = call.Caller.AccountId;
        batch.CreatedAt = batch.UpdatedAt = call.Clock.Now();
        batch.Version = 1;
        return Answer(
            await call.Writer.CreateAsync(call.Caller.Policy, batch, call.Cancellation),
            created => new BatchResult(created, FieldSet.All, Address.Of(call.Request, $"{BatchRoutes.Path}/{created.Id}")));
    }

    /// <summary>Replaces every field.</summary>
    public static Task<IResult> Update(string id, [AsParameters] BatchCall call) => UpdateAsync(partial: false, id, call);

    /// <summary>Sets the fields that are passed.</summary>
    public static Task<IResult> UpdateSoft(string id, [AsParameters] BatchCall call) => UpdateAsync(partial: true, id, call);

    /// <summary>Moves a batch to the deleted ones.</summary>
    public static async Task<IResult> Delete(string id, [AsParameters] BatchCall call) => ObjectId.IsValid(id)
        ? Answer(await call.Writer.DeleteAsync(Target(id, call), call.Clock.Now(), call.Cancellation), _ => TypedResults.NoContent())
        : Problem.BatchNotFound;

    /// <summary>Brings a deleted batch back to life.</summary>
    public static async Task<IResult> Restore(string id, [AsParameters] BatchCall call) => ObjectId.IsValid(id)
        ? Answer(await call.Writer.RestoreAsync(Target(id, call), call.Clock.Now(), call.Cancellation), batch => new BatchResult(batch))
        : Problem.BatchNotFound;

    private static async Task<IResult> UpdateAsync(bool partial, string id, BatchCall call)
    {
        var (input, problem) = await call.Requests.BodyAsync(call.Request, partial, call.Cancellation);
        if (problem is not null)
            return problem;
        if (!ObjectId.IsValid(id))
            return Problem.BatchNotFound;
        var passed = partial ? input!.Passed : FieldSet.All;
        return Answer(
            await call.Writer.UpdateAsync(Target(id, call), input!.Values, passed, call.Clock.Now(), call.Cancellation), batch => new BatchResult(batch));
    }

    private static Target Target(string id, BatchCall call) => new(call.Caller.AccountId, call.Caller.Policy, id);

    private static IResult Answer(WriteResult result, Func<Batch, IResult> done) => result.Outcome switch
    {
        WriteOutcome.Done => done(result.Batch!),
        WriteOutcome.CodeTaken => CodeTaken,
        WriteOutcome.OutsidePolicy => OutsidePolicy,
        _ => Problem.BatchNotFound,
    };
}
