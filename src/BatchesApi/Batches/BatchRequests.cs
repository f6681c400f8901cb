using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Batches;

/// <summary>Reads what the operations on batches take from a request.</summary>
/// <param name="settings">How strictly to read.</param>
/// <param name="rules">What bodies must satisfy.</param>
internal sealed class BatchRequests(RequestSettings settings, BatchRules rules)
{
    /// <summary>Reads the parameters of a query.</summary>
    public QueryParameters Parameters(HttpRequest request, IReadOnlyCollection<string> known, Faults faults) =>
        QueryParameters.Read(request.Query, known, settings.Strict, faults);

    /// <summary>Reads and checks the body of a create or an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether fields may be left out that a whole batch needs.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>What the body passes, or the problem with it; the other is null.</returns>
    public async Task<(BatchInput? Input, Problem? Problem)> BodyAsync(HttpRequest request, bool partial, CancellationToken cancellation)
    {
        var (body, fault, detail) = await RequestBody.ReadAsync(request, BatchBody.MaxBytes, cancellation);
        if (body is null)
            return (null, Problem.UnreadableBody(fault, detail));

        var faults = new Faults();
        var input = new BatchBody(settings.Strict).Read(body.Bytes, body.Format, faults, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));
        rules.Check(input, partial, faults);
        return faults.Any ? (null, Problem.InvalidBody(faults)) : (input, null);
    }
}
