using System.Buffers;
using System.Text.Json.Nodes;
using BatchesApi.Batches;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;
using BatchesApi.Responses;
using BatchesApi.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace BatchesApi.Hosting.OpenApi;

/// <summary>One example of each problem, made by the code that makes the real ones.</summary>
internal static class ProblemExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>Examples of the codes, by their names, in the order of the catalogue.</summary>
    public static Dictionary<string, IOpenApiExample> Of(IEnumerable<ProblemCode> codes) =>
        ProblemCode.All.Intersect(codes).ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExample
        {
            Summary = code.Title,
            Description = code.Remedy,
            Value = Json(Example(code)),
        });

    private static Problem Example(ProblemCode code)
    {
        if (code == ProblemCode.InvalidParameter)
            return Problem.InvalidParameters(FaultsOfQuery("?fields=batchCod"));
        if (code == ProblemCode.InvalidBody)
            return Problem.InvalidBody(FaultsOfBody("""{"batchCod":"B-2026-001","rating":7}"""u8));
        return code == ProblemCode.BatchNotFound ? Problem.BatchNotFound : new Problem(code, code.Remedy.Replace("`", "", StringComparison.Ordinal));
    }

    private static Faults FaultsOfQuery(string query)
    {
        var faults = new Faults();
        var parameters = QueryParameters.Read(new QueryCollection(QueryHelpers.ParseQuery(query)), OperationParameters.Retrieve.Names, strict: true, faults);
        FieldTerms.ReadNames(parameters[ListParameters.Fields.Name], faults);
        return faults;
    }

    private static Faults FaultsOfBody(ReadOnlySpan<byte> body)
    {
        var faults = new Faults();
        var input = new BatchBody(strict: true).Read(body.ToArray(), BodyFormat.Json, faults, out _);
        new BatchRules().Check(input, partial: true, faults);
        return faults;
    }

    private static JsonNode? Json(Problem problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        problem.Write(buffer, $"{BatchRoutes.Path}/{JsonNode.Parse(BatchFields.Id.Example)}", TraceId);
        return JsonNode.Parse(buffer.WrittenSpan);
    }
}
