using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>Reads what the operations on batches take from a request.</summary>
/// <param name="options">How strictly to read.</param>
/// <param name="validator">What bodies must satisfy.</param>
internal sealed class BatchRequestReader(RequestOptions options, Lazy<BatchValidator> validator)
{
    /// <summary>Reads the parameters of a query.</summary>
    public QueryParameters Parameters(HttpRequest request, IReadOnlyCollection<string> known, ValidationErrors errors)
    {
        QueryParameters.CheckEncoding(request.QueryString, errors);
        return QueryParameters.Parse(request.Query, known, options.Strict, errors);
    }

    /// <summary>Reads and checks the body of an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether fields may be left out that a whole batch needs.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>What the body passes, or the problem with it; the other is null.</returns>
    public async Task<(BatchPatch? Input, Problem? Problem)> BodyAsync(HttpRequest request, bool partial, CancellationToken cancellation)
    {
        var (body, error, detail) = await RequestBody.ReadAsync(request, BatchBodyReader.MaxBytes, BatchBodyReader.MaxBytes, cancellation);
        return body is null ? (null, Problem.UnreadableBody(error, detail)) : Read(body, partial);
    }

    /// <summary>Gets the body of a create.</summary>
    public static async Task<(RequestBody? Body, Problem? Problem)> CreateBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        var (body, error, detail) = await RequestBody.ReadAsync(request, BatchBodyReader.MaxBytes, BatchBodyReader.MaxArrayBytes, cancellation);
        return (body, body is null ? Problem.UnreadableBody(error, detail) : null);
    }

    /// <summary>Reads and checks the body of a create: a batch, or an array of them.</summary>
    public (IReadOnlyList<BatchPatch>? Inputs, Problem? Problem) ReadCreate(RequestBody body)
    {
        if (!body.IsArray)
        {
            var (input, problem) = Read(body, partial: false);
            return (input is null ? null : [input], problem);
        }

        var errors = new ValidationErrors();
        var inputs = new BatchBodyReader(options.Strict).ReadArray(body.Bytes, (input, own) => validator.Value.Validate(input, partial: false, own), errors, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));

        // Alone, it is a conflict, as with a batch that is there already.
        var isConflict = !errors.HasErrors;
        AddDuplicateErrors([.. inputs.Select(input => input.Values.BatchCode)], errors);
        if (!errors.HasErrors)
            return (inputs, null);
        return (null, isConflict ? new Problem(ProblemCode.BatchCodeTaken, "Items of the array have the same batchCode; nothing was created.", errors) : Problem.InvalidBody(errors));
    }

    private (BatchPatch? Input, Problem? Problem) Read(RequestBody body, bool partial)
    {
        var errors = new ValidationErrors();
        var input = new BatchBodyReader(options.Strict).Read(body.Bytes, body.Format, errors, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));
        validator.Value.Validate(input, partial, errors);
        return errors.HasErrors ? (null, Problem.InvalidBody(errors)) : (input, null);
    }

    private static void AddDuplicateErrors(IReadOnlyList<string> codes, ValidationErrors errors)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, code) in codes.Index())
        {
            if (code.Length > 0 && !first.TryAdd(code, i))
                errors.Add($"[{i}].{BatchFields.BatchCode.Name}", $"is that of item {first[code]}, too.");
        }
    }
}
