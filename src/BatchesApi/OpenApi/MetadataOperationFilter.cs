using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Describes an operation by the metadata in the route table. The handlers read requests and write responses themselves, so their
/// signatures do not describe them.</summary>
internal sealed class MetadataOperationFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var document = context.Document;

        var parameters = metadata.OfType<ParameterMetadata>().ToList();
        operation.Parameters =
        [
            .. CreatePathParameters(context.ApiDescription),
            .. parameters.SelectMany(p => p.All).Select(parameter => CreateParameter(parameter, ParameterLocation.Query)),
            .. parameters.SelectMany(p => p.Headers).Select(parameter => CreateParameter(parameter, ParameterLocation.Header)),
        ];
        operation.RequestBody = metadata.OfType<RequestBodyMetadata>().Select(body => CreateRequestBody(body, document)).SingleOrDefault();
        operation.Responses = [];
        foreach (var response in metadata.OfType<ResponseMetadata>())
            operation.Responses.Add(FormatStatus(response.Status), CreateResponse(response, document));
        var problems = metadata.OfType<ProblemMetadata>().SelectMany(problem => problem.Codes).Distinct();
        foreach (var codes in problems.GroupBy(code => code.Status).OrderBy(group => group.Key))
            operation.Responses.Add(FormatStatus(codes.Key), CreateProblemResponse(codes.Key, [.. codes], document));

        var access = metadata.OfType<RouteAccess>().Last();
        if (access.RequiredScope is null)
            operation.Security = [];
        else if (access == RouteAccess.Write)
            operation.Description += "\n\nRequires the scope `write`.";
    }

    private static IEnumerable<OpenApiParameter> CreatePathParameters(ApiDescription operation)
    {
        if (!operation.RelativePath!.Contains("{id", StringComparison.Ordinal))
            return [];
        return
        [
            new OpenApiParameter
            {
                Name = "id",
                In = ParameterLocation.Path,
                Required = true,
                Description = "The id of the batch.",
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Pattern = BatchFields.Id.Pattern,
                    Examples = [JsonNode.Parse(BatchFields.Id.Example)!],
                },
            },
        ];
    }

    private static OpenApiParameter CreateParameter(ApiParameter parameter, ParameterLocation location)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.String };
        if (parameter.Number is var (min, max, defaultValue))
        {
            schema.Type = JsonSchemaType.Integer;
            schema.Format = "int32";
            schema.Minimum = min.ToString(CultureInfo.InvariantCulture);
            schema.Maximum = max.ToString(CultureInfo.InvariantCulture);
            schema.Default = defaultValue;
        }
        else if (parameter.Values.Count > 0)
        {
            schema.Enum = [.. parameter.Values.Select(value => JsonValue.Create(value))];
            schema.Default = parameter.Values[0];
        }
        else if (parameter.Default is not null)
        {
            schema.Default = parameter.Default;
        }
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = location,
            Description = parameter.Description,
            Schema = schema,
            Examples = parameter.Examples.ToDictionary(e => e.Name, IOpenApiExample (e) => new OpenApiExample
            {
                Summary = e.Summary,
                Value = parameter.Number is null ? e.Value : int.Parse(e.Value, CultureInfo.InvariantCulture),
            }),
        };
    }

    private static OpenApiRequestBody CreateRequestBody(RequestBodyMetadata body, OpenApiDocument document) => new()
    {
        Description = body.Description,
        Required = body.IsRequired,
        Content = body.MediaTypes.ToDictionary(type => type, IOpenApiMediaType (type) => new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(type == BodyFormats.FormMediaType ? body.FormSchema : body.Schema, document),
            Encoding = type == BodyFormats.FormMediaType ? CreateArrayEncodings(body.FormSchema, document) : null,
            Examples = body.Examples
                .Where(e => type != BodyFormats.FormMediaType || e.Json.StartsWith('{'))
                .ToDictionary(
                    e => e.Name,
                    IOpenApiExample (e) => new OpenApiExample { Summary = e.Summary, Value = JsonNode.Parse(e.Json) }),
        }),
    };

    /// <summary>Forms repeat the key of an array. Without this, Swagger UI joins the items with commas.</summary>
    private static Dictionary<string, OpenApiEncoding> CreateArrayEncodings(string schema, OpenApiDocument document) =>
        (Schemas.CreateBatchSchemas(document).GetValueOrDefault(schema)?.Properties ?? new Dictionary<string, IOpenApiSchema>())
            .Where(property => property.Value.Type!.Value.HasFlag(JsonSchemaType.Array))
            .ToDictionary(property => property.Key, _ => new OpenApiEncoding { Style = ParameterStyle.Form, Explode = true });

    private static OpenApiResponse CreateResponse(ResponseMetadata response, OpenApiDocument document) => new()
    {
        Description = response.Description,
        Headers = CreateHeaders(response.Headers, document),
        Content = response.Schema is null ? null : CreateContent(JsonOutput.MediaType, response.Schema, document),
    };

    private static OpenApiResponse CreateProblemResponse(int status, IReadOnlyList<ProblemCode> codes, OpenApiDocument document)
    {
        var content = CreateContent(Problem.MediaType, Schemas.Problem, document);
        ((OpenApiMediaType)content[Problem.MediaType]).Examples =
            codes.ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExampleReference(code.Name, document));
        return new OpenApiResponse
        {
            Description = string.Join("\n\n", codes.Select(code => $"`{code.Name}`: {code.Title}")),
            Headers = CreateHeaders(ResponseHeaders.ForProblem(status), document),
            Content = content,
        };
    }

    private static Dictionary<string, IOpenApiMediaType> CreateContent(string mediaType, string schema, OpenApiDocument document) =>
        new() { [mediaType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document) } };

    private static Dictionary<string, IOpenApiHeader> CreateHeaders(IEnumerable<string> names, OpenApiDocument document) =>
        names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));

    private static string FormatStatus(int status) => status.ToString(CultureInfo.InvariantCulture);
}
