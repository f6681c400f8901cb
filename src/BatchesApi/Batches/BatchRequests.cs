using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;

namespace BatchesApi.Batches;

/// <summary>Reads what the operations on batches take from a request.</summary>
/// <param name="settings">How strictly to read.</param>
/// <param name="rules">What bodies must satisfy.</param>
internal sealed class BatchRequests(RequestSettings settings, Lazy<BatchRules> rules)
{
    /// <summary>Reads the parameters of a query.</summary>
    public QueryParameters Parameters(HttpRequest request, IReadOnlyCollection<string> known, Faults faults)
    {
        QueryParameters.CheckEncoding(request.QueryString, faults);
        return QueryParameters.Read(request.Query, known, settings.Strict, faults);
    }

    /// <summary>Reads and checks the body of an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether fields may be left out that a whole batch needs.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>What the body passes, or the problem with it; the other is null.</returns>
    public async Task<(BatchInput? Input, Problem? Problem)> BodyAsync(HttpRequest request, bool partial, CancellationToken cancellation)
    {
        var (body, fault, detail) = await RequestBody.ReadAsync(request, BatchBody.MaxBytes, BatchBody.MaxBytes, cancellation);
        return body is null ? (null, Problem.UnreadableBody(fault, detail)) : Read(body, partial);
    }

    /// <summary>Gets the body of a create.</summary>
    public static async Task<(RequestBody? Body, Problem? Problem)> CreateBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        var (body, fault, detail) = await RequestBody.ReadAsync(request, BatchBody.MaxBytes, BatchBody.MaxArrayBytes, cancellation);
        return (body, body is null ? Problem.UnreadableBody(fault, detail) : null);
    }

    /// <summary>Reads and checks the body of a create: a batch, or an array of them.</summary>
    public (IReadOnlyList<BatchInput>? Inputs, Problem? Problem) ReadCreate(RequestBody body)
    {
        if (!body.IsArray)
        {
            var (input, problem) = Read(body, partial: false);
            return (input is null ? null : [input], problem);
        }

        var faults = new Faults();
        var inputs = new BatchBody(settings.Strict).ReadArray(body.Bytes, (input, own) => rules.Value.Check(input, partial: false, own), faults, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));

        // Alone, it is a conflict, as with a batch that is there already.
        var isConflict = !faults.Any;
        AddDuplicates([.. inputs.Select(input => input.Values.BatchCode)], faults);
        if (!faults.Any)
            return (inputs, null);
        return (null, isConflict ? new Problem(ProblemCode.BatchCodeTaken, "Items of the array have the same batchCode; nothing was created.", faults) : Problem.InvalidBody(faults));
    }

    private (BatchInput? Input, Problem? Problem) Read(RequestBody body, bool partial)
    {
        var faults = new Faults();
        var input = new BatchBody(settings.Strict).Read(body.Bytes, body.Format, faults, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));
        rules.Value.Check(input, partial, faults);
        return faults.Any ? (null, Problem.InvalidBody(faults)) : (input, null);
    }

    private static void AddDuplicates(IReadOnlyList<string> codes, Faults faults)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, code) in codes.Index())
        {
            if (code.Length > 0 && !first.TryAdd(code, i))
                faults.Add($"[{i}].{BatchFields.BatchCode.Name}", $"is that of item {first[code]}, too.");
        }
    }
}
