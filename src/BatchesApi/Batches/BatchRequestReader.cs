using System.Text.Json;
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
    /// <param name="isList">Whether the parameters are those of lists, so that errors may suggest some of them.</param>
    public QueryParameters ReadQuery(
        HttpRequest request, IReadOnlyCollection<string> known, ValidationErrors errors, bool isList = true)
    {
        QueryParameters.CheckEncoding(request.QueryString, errors);
        var query = request.Query;
        ParameterPointers? pointers = null;
        return QueryParameters.Parse(query, known, options.Strict, errors, !isList ? null : (name, values) =>
            (pointers ??= new ParameterPointers(query.Keys, other => query[other], known)).Get(name, values));
    }

    /// <summary>Reads the body of an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether required fields may be absent.</param>
    public async Task<Result<BatchPatch>> ReadUpdateAsync(HttpRequest request, bool partial)
    {
        var body = await RequestBody.ReadAsync(request, BatchBodyReader.MaxBytes);
        if (body.Problem is { } problem)
            return problem;
        var errors = new ValidationErrors();
        var patch = ReadBatch(body.Value, partial ? BodyPurpose.Change : BodyPurpose.Replace, isUpsert: false, errors);
        return errors.HasErrors && patch.Problem is null ? Problem.InvalidBody(errors) : patch;
    }

    /// <summary>Reads the body of a create of one batch.</summary>
    /// <param name="body">The batch.</param>
    /// <param name="isUpsert">Whether the batch may exist, so that only the code is required.</param>
    /// <param name="errors">Receives the errors of the fields.</param>
    public Result<BatchPatch[]> ReadCreate(RequestBody body, bool isUpsert, ValidationErrors errors)
    {
        var patch = ReadBatch(body, BodyPurpose.Create, isUpsert, errors);
        return patch.Problem is { } problem ? problem : (BatchPatch[])[patch.Value];
    }

    /// <summary>Reads the body of a create of several batches.</summary>
    /// <param name="body">The array.</param>
    /// <param name="isUpsert">Whether the batches may exist, so that only the codes are required.</param>
    /// <param name="errors">Receives the errors of the items, with names such as <c>[3].rating</c>.</param>
    public Result<BatchPatch[]> ReadCreates(RequestBody body, bool isUpsert, ValidationErrors errors)
    {
        using var phase = RequestPhase.Start(RequestPhase.Parse);
        return _bodies.ReadArray(body, (item, itemErrors) => Validate(item, isUpsert, isUpsert, itemErrors), errors);
    }

    /// <summary>Reads the fields of a change that are a part of a body.</summary>
    /// <param name="json">The object.</param>
    /// <param name="errors">Receives the errors.</param>
    public Result<BatchPatch> ReadChange(JsonElement json, ValidationErrors errors)
    {
        var patch = _bodies.ReadObject(json, errors, BodyPurpose.Change);
        if (patch.Problem is null)
            Validate(patch.Value, partial: true, isUpsert: false, errors);
        return patch;
    }

    /// <summary>The problem of a body that is not an array, for a bulk create.</summary>
    public static Problem NotArray(RequestBody body) => new(
        ProblemCode.MalformedBody,
        $"The body {(body.Content.IsEmpty ? "is empty" : "is not a JSON array")}. Send an array of 1 to {BatchBodyReader.MaxItems:N0} "
        + $"batches, such as [{BatchBodyReader.Example}].");

    /// <summary>Reads the body of a search.</summary>
    /// <param name="request">The request.</param>
    /// <param name="errors">Receives the errors of the members.</param>
    public async Task<Result<ListRequest>> ReadSearchAsync(HttpRequest request, ValidationErrors errors)
    {
        var body = await RequestBody.ReadAsync(request, ListBodyReader.MaxBytes, accepted: AcceptedFormats.Json);
        using var phase = RequestPhase.Start(RequestPhase.Parse);
        return body.Problem is { } problem ? problem : ListBodyReader.Read(body.Value, options.Strict, errors);
    }

    private Result<BatchPatch> ReadBatch(RequestBody body, BodyPurpose purpose, bool isUpsert, ValidationErrors errors)
    {
        using var phase = RequestPhase.Start(RequestPhase.Parse);
        var partial = purpose == BodyPurpose.Change;
        if (!partial && body.Content.IsEmpty)
            return EmptyBody;
        var patch = _bodies.Read(body, errors, purpose);
        if (patch.Problem is null)
            Validate(patch.Value, partial || isUpsert, isUpsert, errors);
        return patch;
    }

    private void Validate(BatchPatch patch, bool partial, bool isUpsert, ValidationErrors errors)
    {
        validator.Value.Validate(patch, partial, errors);
        var code = patch.GetName(BatchFields.BatchCode);
        if (isUpsert && !patch.Passed.Contains(BatchFields.BatchCode) && !errors.Has(code))
            errors.Add(code, BatchValidator.Required);
        foreach (var (field, change) in patch.ListChanges)
        {
            ValidateItems(field, change.Add, $"{patch.GetName(field)}.add", errors);
            ValidateItems(field, change.Remove, $"{patch.GetName(field)}.remove", errors);
        }
    }

    /// <summary>Validates the items of a list change as those of the field.</summary>
    private void ValidateItems(Field field, string[] items, string name, ValidationErrors errors)
    {
        var values = new Batch();
        field.Set(values, items);
        var spelling = new Dictionary<string, string>(StringComparer.Ordinal) { [field.Name] = name };
        validator.Value.Validate(new BatchPatch(values, default(FieldSet).With(field), spelling), partial: true, errors);
    }
}
