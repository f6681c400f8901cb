using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>What the handlers of writes have in common: the idempotency key, and the response.</summary>
internal static class BatchWriteResponses
{
    /// <summary>The claim on the idempotency key of the request; null if there is no key.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">The body of the request.</param>
    /// <param name="createResponse">Creates the response to a write that was done.</param>
    public static Result<IdempotencyClaim?> ReadClaim(
        BatchRequestContext context, ReadOnlyMemory<byte> body, Func<WriteResult, StoredResponse> createResponse)
    {
        var key = IdempotencyKey.Read(context.Request, body.Span);
        if (key.Problem is { } problem)
            return problem;
        return key.Value is { } header
            ? new IdempotencyClaim(
                context.Caller.AccountId, context.Caller.CredentialId, header.Value, header.RequestHash, createResponse)
            : null;
    }

    public static StoredResponse CreateSingle(WriteResult result) => BatchResponses.Ok(result.Batches[0], FieldSet.All);

    /// <summary>The problem of a failed write; otherwise the response that is stored under the idempotency key, or a new one.</summary>
    /// <param name="result">The result of the write.</param>
    /// <param name="createResponse">Creates the response to a write that was done.</param>
    /// <param name="findProblem">Finds the problem that the result stands for; null if the write succeeded.</param>
    /// <param name="memory">The reservation for the response, which ends early if the response is small.</param>
    public static IResult Respond(
        WriteResult result,
        Func<WriteResult, StoredResponse> createResponse,
        Func<WriteResult, Problem?> findProblem,
        IDisposable? memory = null)
    {
        if (findProblem(result) is { } problem)
            return problem;
        if (result.StoredResponse is { } stored)
            return new StoredResponseResult(stored, IsReplay: result.Outcome == WriteOutcome.Replayed);
        var response = createResponse(result);
        ConcurrencyLimits.ReleaseIfSmall(memory, response.Body.Length);
        return new StoredResponseResult(response);
    }

    /// <inheritdoc cref="Respond(WriteResult, Func{WriteResult, StoredResponse}, Func{WriteResult, Problem?}, IDisposable?)"/>
    public static IResult Respond(
        WriteResult result, Func<WriteResult, StoredResponse> createResponse, WriteProblems problems, IDisposable? memory = null) =>
        Respond(result, createResponse, problems.Find, memory);
}
