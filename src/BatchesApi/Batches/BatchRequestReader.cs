using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Batches;

/// <summary>Parses and validates requests for batches.</summary>
internal sealed class BatchRequestReader(RequestOptions options, Lazy<BatchValidator> validator)
{
    private static readonly Problem EmptyBody = new(
        ProblemCode.MalformedBody, $"The body is empty. Send a batch as JSON, such as {BatchBodyReader.Example}.");

    private readonly BatchBodyReader _bodies = new(options.Strict);

    /// <param name="request">The request.</param>
    /// <param name="known">The parameters of the operation.</param>
    /// <param name="errors">Receives the errors.</param>
    public QueryParameters ReadQuery(HttpRequest request, IReadOnlyCollection<string> known, ValidationErrors errors)
    {
        QueryParameters.CheckEncoding(request.QueryString, errors);
        var query = request.Query;
        ParameterPointers? pointers = null;
        return QueryParameters.Parse(query, known, options.Strict, errors, (name, values) =>
            (pointers ??= new ParameterPointers(query.Keys, other => query[other], known)).Get(name, values));
    }

    /// <summary>Reads the body of an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether required fields may be absent.</param>
    public async Task<Result<BatchPatch>> ReadUpdateAsync(HttpRequest request, bool partial)
    {
        var body = await RequestBody.ReadAsync(request, BatchBodyReader.MaxBytes);
        return body.Problem is { } problem ? problem : ReadBatch(body.Value, partial ? BodyPurpose.Change : BodyPurpose.Replace);
    }

    /// <summary>Reads the body of a create of one batch.</summary>
    public Result<BatchPatch[]> ReadCreate(RequestBody body)
    {
        var patch = ReadBatch(body, BodyPurpose.Create);
        return patch.Problem is { } problem ? problem : (BatchPatch[])[patch.Value];
    }

    /// <summary>Reads the body of a create of several batches.</summary>
    /// <param name="body">The array.</param>
    /// <param name="errors">Receives the errors of the items, with names such as <c>[3].rating</c>.</param>
    public Result<BatchPatch[]> ReadCreate(RequestBody body, ValidationErrors errors) =>
        _bodies.ReadArray(body, (item, itemErrors) => validator.Value.Validate(item, partial: false, itemErrors), errors);

    private Result<BatchPatch> ReadBatch(RequestBody body, BodyPurpose purpose)
    {
        var partial = purpose == BodyPurpose.Change;
        if (!partial && body.Content.IsEmpty)
            return EmptyBody;
        var errors = new ValidationErrors();
        var patch = _bodies.Read(body, errors, purpose);
        if (patch.Problem is not null)
            return patch;
        validator.Value.Validate(patch.Value, partial, errors);
        return errors.HasErrors ? Problem.InvalidBody(errors) : patch;
    }
}
