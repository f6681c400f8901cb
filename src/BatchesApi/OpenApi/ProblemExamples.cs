using System.Buffers;
using System.Text.Json.Nodes;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>An example of each problem code, created by the code that creates the real problems.</summary>
internal static class ProblemExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>The examples by the names of their codes, in the order of the catalogue.</summary>
    public static Dictionary<string, IOpenApiExample> Create(IEnumerable<ProblemCode> codes) =>
        ProblemCode.All.Intersect(codes).ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExample
        {
            Summary = code.Title,
            Description = code.Remedy,
            Value = WriteJson(CreateProblem(code)),
        });

    private static Problem CreateProblem(ProblemCode code)
    {
        if (code == ProblemCode.InvalidParameter)
            return Problem.InvalidParameters(FindQueryErrors("?fields=batchCod"));
        if (code == ProblemCode.InvalidBody)
            return Problem.InvalidBody(FindBodyErrors("""{"batchCod":"B-2026-001","rating":7}"""u8));
        return code == ProblemCode.BatchNotFound
            ? Problem.BatchNotFound
            : new Problem(code, code.Remedy.Replace("`", "", StringComparison.Ordinal));
    }

    private static ValidationErrors FindQueryErrors(string query)
    {
        var errors = new ValidationErrors();
        var parameters = QueryParameters.Parse(
            new QueryCollection(QueryHelpers.ParseQuery(query)), BatchParameters.Retrieve.Names, strict: true, errors);
        FieldsParameter.ParseNames(parameters[ApiParameters.Fields.Name], errors);
        return errors;
    }

    private static ValidationErrors FindBodyErrors(ReadOnlySpan<byte> body)
    {
        var errors = new ValidationErrors();
        var patch = new BatchBodyReader(strict: true).Read(new RequestBody(body.ToArray(), BodyFormat.Json), errors);
        new BatchValidator().Validate(patch.Value, partial: true, errors);
        return errors;
    }

    private static JsonNode? WriteJson(Problem problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        problem.Write(
            buffer, Introduction.Address + problem.Code.Path, $"{BatchRoutes.Path}/{JsonNode.Parse(BatchFields.Id.Example)}", TraceId);
        return JsonNode.Parse(buffer.WrittenSpan);
    }
}
