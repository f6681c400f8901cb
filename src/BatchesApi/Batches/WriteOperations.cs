using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Responses;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Batches;

/// <summary>The operations that change something. Each is one statement, so that nothing comes between the check and the change.</summary>
internal static class WriteOperations
{
    private static Problem CodeTaken { get; } = new(
        ProblemCode.BatchCodeTaken, "Another batch of this account, not deleted, has this batchCode. Choose another.");

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
        call.Db.Batches.Add(batch);
        try
        {
            await call.Db.SaveChangesAsync(call.Cancellation);
        }
        catch (DbUpdateException fault) when (fault.IsViolationOf(BatchIndex.UniqueCode.Name))
        {
            return CodeTaken;
        }
        return new BatchResult(batch, FieldSet.All, Address.Of(call.Request, $"{BatchRoutes.Path}/{batch.Id}"));
    }

    /// <summary>Replaces every field.</summary>
    public static Task<IResult> Update(string id, [AsParameters] BatchCall call) => UpdateAsync(partial: false, id, call);

    /// <summary>Sets the fields that are passed.</summary>
    public static Task<IResult> UpdateSoft(string id, [AsParameters] BatchCall call) => UpdateAsync(partial: true, id, call);

    /// <summary>Moves a batch to the deleted ones.</summary>
    public static async Task<IResult> Delete(string id, [AsParameters] BatchCall call)
    {
        if (call.Requests.NoParameters(call.Request) is { } problem)
            return problem;
        var now = call.Clock.Now();
        var deleted = ObjectId.IsValid(id)
            && await call.Db.BatchesOf(call.Caller.AccountId, deleted: false).Where(b => b.Id == id).ExecuteUpdateAsync(
                set => set
                    .SetProperty(b => b.DeletedAt, now)
                    .SetProperty(b => b.UpdatedAt, b => b.UpdatedAt > now ? b.UpdatedAt : now)
                    .SetProperty(b => b.Version, b => b.Version + 1),
                call.Cancellation) > 0;
        return deleted ? TypedResults.NoContent() : Problem.BatchNotFound;
    }

    /// <summary>Brings a deleted batch back to life.</summary>
    public static async Task<IResult> Restore(string id, [AsParameters] BatchCall call)
    {
        if (call.Requests.NoParameters(call.Request) is { } problem)
            return problem;
        return await ChangeAsync(id, () =>
            BatchStatements.RestoreAsync(call.Db, call.Caller.AccountId, id, call.Clock.Now(), call.Cancellation));
    }

    private static async Task<IResult> UpdateAsync(bool partial, string id, BatchCall call)
    {
        var (input, problem) = await call.Requests.BodyAsync(call.Request, partial, call.Cancellation);
        if (problem is not null)
            return problem;
        var fields = partial ? input!.Passed : FieldSet.All;
        return await ChangeAsync(id, () => BatchStatements.UpdateAsync(
            call.Db, call.Caller.AccountId, id, input!.Values, fields, call.Clock.Now(), call.Cancellation));
    }

    private static async Task<IResult> ChangeAsync(string id, Func<Task<Batch?>> change)
    {
        try
        {
            return ObjectId.IsValid(id) && await change() is { } batch ? new BatchResult(batch) : Problem.BatchNotFound;
        }
        catch (Exception fault) when (fault.IsViolationOf(BatchIndex.UniqueCode.Name))
        {
            return CodeTaken;
        }
    }
}
