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

/// <summary>One example of each problem, made by the code that makes the real ones.</summary>
internal static class ProblemExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>Examples of the codes, by their names, in the order of the catalogue.</summary>
    public static Dictionary<string, IOpenApiExample> Create(IEnumerable<ProblemCode> codes) =>
        ProblemCode.All.Intersect(codes).ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExample
        {
            Summary = code.Title,
            Description = code.Remedy,
            Value = Json(Example(code)),
        });

    private static Problem Example(ProblemCode code)
    {
        if (code == ProblemCode.InvalidParameter)
            return Problem.InvalidParameters(ErrorsOfQuery("?fields=batchCod"));
        if (code == ProblemCode.InvalidBody)
            return Problem.InvalidBody(ErrorsOfBody("""{"batchCod":"B-2026-001","rating":7}"""u8));
        return code == ProblemCode.BatchNotFound ? Problem.BatchNotFound : new Problem(code, code.Remedy.Replace("`", "", StringComparison.Ordinal));
    }

    private static ValidationErrors ErrorsOfQuery(string query)
    {
        var errors = new ValidationErrors();
        var parameters = QueryParameters.Parse(new QueryCollection(QueryHelpers.ParseQuery(query)), BatchParameters.Retrieve.Names, strict: true, errors);
        FieldsParameter.ParseNames(parameters[ApiParameters.Fields.Name], errors);
        return errors;
    }

    private static ValidationErrors ErrorsOfBody(ReadOnlySpan<byte> body)
    {
        var errors = new ValidationErrors();
        var patch = new BatchBodyReader(strict: true).Read(new RequestBody(body.ToArray(), BodyFormat.Json), errors);
        new BatchValidator().Validate(patch.Value, partial: true, errors);
        return errors;
    }

    private static JsonNode? Json(Problem problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        problem.Write(buffer, $"{BatchRoutes.Path}/{JsonNode.Parse(BatchFields.Id.Example)}", TraceId);
        return JsonNode.Parse(buffer.WrittenSpan);
    }
}
