using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Batches;

/// <summary>Parses and validates requests for batches.</summary>
internal sealed class BatchRequestReader(RequestOptions options, Lazy<BatchValidator> validator)
{
    private readonly BatchBodyReader _bodies = new(options.Strict);

    /// <param name="request">The request.</param>
    /// <param name="known">The parameters of the operation.</param>
    /// <param name="errors">Receives the errors.</param>
    public QueryParameters ReadQuery(HttpRequest request, IReadOnlyCollection<string> known, ValidationErrors errors)
    {
        QueryParameters.CheckEncoding(request.QueryString, errors);
        var pointers = new ParameterPointers(name => request.Query[name], known);
        return QueryParameters.Parse(request.Query, known, options.Strict, errors, pointers.Get);
    }

    /// <summary>Reads the body of an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether required fields may be absent.</param>
    public async Task<Result<BatchPatch>> ReadUpdateAsync(HttpRequest request, bool partial)
    {
        var body = await RequestBody.ReadAsync(request, BatchBodyReader.MaxBytes);
        return body.Problem is { } problem ? problem : ReadBatch(body.Value, partial);
    }

    /// <summary>Reads the body of a create: a batch, or an array of batches.</summary>
    public Result<BatchPatch[]> ReadCreate(RequestBody body)
    {
        if (body.IsArray)
            return ReadArray(body);
        var patch = ReadBatch(body, partial: false);
        return patch.Problem is { } problem ? problem : (BatchPatch[])[patch.Value];
    }

    private Result<BatchPatch> ReadBatch(RequestBody body, bool partial)
    {
        var errors = new ValidationErrors();
        var patch = _bodies.Read(body, errors);
        if (patch.Problem is not null)
            return patch;
        validator.Value.Validate(patch.Value, partial, errors);
        return errors.HasErrors ? Problem.InvalidBody(errors) : patch;
    }

    private Result<BatchPatch[]> ReadArray(RequestBody body)
    {
        var errors = new ValidationErrors();
        var patches = _bodies.ReadArray(body, (item, itemErrors) => validator.Value.Validate(item, partial: false, itemErrors), errors);
        if (patches.Problem is not null)
            return patches;

        // If duplicate codes are the only errors, the response is a conflict, as if a batch with the code existed already.
        var isConflict = !errors.HasErrors;
        AddDuplicateErrors(patches.Value, errors);
        if (!errors.HasErrors)
            return patches;
        return isConflict
            ? new Problem(ProblemCode.BatchCodeTaken, "Items of the array have the same batchCode; nothing was created.", errors)
            : Problem.InvalidBody(errors);
    }

    private static void AddDuplicateErrors(BatchPatch[] patches, ValidationErrors errors)
    {
        var firsts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, patch) in patches.Index())
        {
            var code = patch.Values.BatchCode;
            if (code.Length > 0 && !firsts.TryAdd(code, i))
                errors.Add($"[{i}].{BatchFields.BatchCode.Name}", $"is also the batchCode of item {firsts[code]}.");
        }
    }
}
