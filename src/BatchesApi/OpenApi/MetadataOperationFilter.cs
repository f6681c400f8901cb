using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Administration;
using BatchesApi.Bulk;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Webhooks;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Routing.Patterns;
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
            .. parameters.SelectMany(p => p.All).Select(parameter => CreateParameter(parameter, ParameterLocation.Query, document)),
            .. parameters.SelectMany(p => p.Headers).Select(parameter => CreateParameter(parameter, ParameterLocation.Header, document)),
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
        else if (access.RequiredScope is { } scope and > Domain.Scope.Read)
            operation.Description += $"\n\nRequires the scope `{scope.ToText()}`.";
    }

    private static IEnumerable<OpenApiParameter> CreatePathParameters(ApiDescription operation)
    {
        foreach (var name in RoutePatternFactory.Parse(operation.RelativePath!).Parameters.Select(parameter => parameter.Name))
        {
            yield return new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = $"The id of the {GetResource(name, operation.RelativePath!)}.",
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Pattern = BatchFields.Id.Pattern,
                    Examples = [JsonNode.Parse(BatchFields.Id.Example)!],
                },
            };
        }
    }

    private static string GetResource(string parameter, string path) => parameter switch
    {
        BulkRoutes.ChangeId => "change",
        WebhookRoutes.DeliveryId => "delivery",
        _ when IsBelow(path, WebhookRoutes.Path) => "webhook",
        _ when IsBelow(path, AdministrationRoutes.Keys) => "API key",
        _ when IsBelow(path, AdministrationRoutes.Users) => "user",
        _ => "batch",
    };

    private static bool IsBelow(string path, string parent) => path.StartsWith(parent.TrimStart('/'), StringComparison.Ordinal);

    /// <summary>The default is in the description only: Swagger UI fills in a <c>default</c>, and generators send it.</summary>
    private static OpenApiParameter CreateParameter(ApiParameter parameter, ParameterLocation location, OpenApiDocument document)
    {
        var defaultValue = parameter.Number is { Default: var number }
            ? number.ToString(CultureInfo.InvariantCulture)
            : parameter.Default ?? (parameter.Values is [var first, ..] ? first : null);
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = location,
            Required = parameter.IsRequired,
            Description = parameter.Description + (defaultValue is null ? "" : $" The default is `{defaultValue}`."),
            Schema = CreateParameterSchema(parameter, document),
            Examples = parameter.Examples.ToDictionary(e => e.Name, IOpenApiExample (e) => new OpenApiExample
            {
                Summary = e.Summary,
                Value = parameter.Number is null ? e.Value : int.Parse(e.Value, CultureInfo.InvariantCulture),
            }),
        };
    }

    private static IOpenApiSchema CreateParameterSchema(ApiParameter parameter, OpenApiDocument document)
    {
        if (parameter.ValuesSchema is not null)
            return new OpenApiSchemaReference(parameter.ValuesSchema, document);
        if (parameter.IsBoolean)
            return new OpenApiSchema { Type = JsonSchemaType.Boolean };
        if (parameter.Number is not var (min, max, _))
            return new OpenApiSchema { Type = JsonSchemaType.String };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Format = "int32",
            Minimum = min.ToString(CultureInfo.InvariantCulture),
            Maximum = max.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static OpenApiRequestBody CreateRequestBody(RequestBodyMetadata body, OpenApiDocument document)
    {
        var content = CreateContent(JsonOutput.MediaType, body.Schema, document, body.Examples.ToDictionary(
            e => e.Name, IOpenApiExample (e) => new OpenApiExample { Summary = e.Summary, Value = JsonNode.Parse(e.Json) }));
        return new OpenApiRequestBody { Description = body.Description, Required = body.IsRequired, Content = content };
    }

    private static OpenApiResponse CreateResponse(ResponseMetadata response, OpenApiDocument document) => new()
    {
        Description = response.Description,
        Headers = ResponseHeaders.Create(response.Headers, document),
        Content = response.Schema is null ? null : CreateContent(JsonOutput.MediaType, response.Schema, document),
    };

    private static OpenApiResponse CreateProblemResponse(int status, IReadOnlyList<ProblemCode> codes, OpenApiDocument document) => new()
    {
        Description = string.Join("\n\n", codes.Select(code => $"`{code.Name}`: {code.Title}")),
        Headers = ResponseHeaders.Create(ResponseHeaders.ForProblem(status), document),
        Content = CreateContent(Problem.MediaType, Schemas.Problem, document, codes.ToDictionary(
            code => code.Name, IOpenApiExample (code) => new OpenApiExampleReference(code.Name, document))),
    };

    private static Dictionary<string, IOpenApiMediaType> CreateContent(
        string mediaType, string schema, OpenApiDocument document, IDictionary<string, IOpenApiExample>? examples = null) => new()
        {
            [mediaType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document), Examples = examples },
        };

    private static string FormatStatus(int status) => status.ToString(CultureInfo.InvariantCulture);
}
