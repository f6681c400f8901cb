using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Writes an operation by the notes in the route table. Handlers read requests and write answers themselves, so that their
/// signatures tell nothing.</summary>
internal sealed class MetadataOperationFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var notes = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var document = context.Document;

        operation.Parameters =
        [
            .. PathParameters(context.ApiDescription),
            .. notes.OfType<ParameterMetadata>().SelectMany(p => p.All).Select(parameter => CreateParameter(parameter, ParameterLocation.Query)),
            .. notes.OfType<ParameterMetadata>().SelectMany(p => p.Headers).Select(parameter => CreateParameter(parameter, ParameterLocation.Header)),
        ];
        operation.RequestBody = notes.OfType<RequestBodyMetadata>().Select(body => CreateRequestBody(body, document)).SingleOrDefault();
        operation.Responses = [];
        foreach (var response in notes.OfType<ResponseMetadata>())
            operation.Responses.Add(Status(response.Status), CreateResponse(response, document));
        foreach (var codes in notes.OfType<ProblemMetadata>().SelectMany(f => f.Codes).Distinct().GroupBy(code => code.Status).OrderBy(g => g.Key))
            operation.Responses.Add(Status(codes.Key), CreateProblemResponse(codes.Key, [.. codes], document));

        var access = notes.OfType<RouteAccess>().Last();
        if (access.RequiredScope is null)
            operation.Security = [];
        else if (access == RouteAccess.Write)
            operation.Description += "\n\nNeeds a key with the scope `write`.";
    }

    private static IEnumerable<OpenApiParameter> PathParameters(ApiDescription operation)
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

    private static OpenApiParameter CreateParameter(ApiParameter parameter, ParameterLocation place)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.String };
        if (parameter.Number is var (min, max, number))
        {
            schema.Type = JsonSchemaType.Integer;
            schema.Format = "int32";
            schema.Minimum = min.ToString(CultureInfo.InvariantCulture);
            schema.Maximum = max.ToString(CultureInfo.InvariantCulture);
            schema.Default = number;
        }
        else if (parameter.Values.Count > 0)
        {
            schema.Enum = [.. parameter.Values.Select(word => JsonValue.Create(word))];
            schema.Default = parameter.Values[0];
        }
        else if (parameter.Default is not null)
        {
            schema.Default = parameter.Default;
        }
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = place,
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
            Encoding = type == BodyFormats.FormMediaType ? ListEncodings(body.FormSchema, document) : null,
            Examples = body.Examples.Where(e => type != BodyFormats.FormMediaType || e.Json.StartsWith('{')).ToDictionary(e => e.Name, IOpenApiExample (e) => new OpenApiExample
            {
                Summary = e.Summary,
                Value = JsonNode.Parse(e.Json),
            }),
        }),
    };

    /// <summary>In forms a list is its key repeated; Swagger UI joins the items with commas unless told so.</summary>
    private static Dictionary<string, OpenApiEncoding> ListEncodings(string schema, OpenApiDocument document) =>
        Schemas.Create(document)[schema].Properties!
            .Where(property => property.Value.Type!.Value.HasFlag(JsonSchemaType.Array))
            .ToDictionary(property => property.Key, _ => new OpenApiEncoding { Style = ParameterStyle.Form, Explode = true });

    private static OpenApiResponse CreateResponse(ResponseMetadata response, OpenApiDocument document) => new()
    {
        Description = response.Description,
        Headers = Headers(response.Headers, document),
        Content = response.Schema is null ? null : Content(JsonOutput.MediaType, response.Schema, document),
    };

    private static OpenApiResponse CreateProblemResponse(int status, IReadOnlyList<ProblemCode> codes, OpenApiDocument document)
    {
        var content = Content(Problem.MediaType, Schemas.Problem, document);
        ((OpenApiMediaType)content[Problem.MediaType]).Examples =
            codes.ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExampleReference(code.Name, document));
        return new OpenApiResponse
        {
            Description = string.Join("\n\n", codes.Select(code => $"`{code.Name}`: {code.Title}")),
            Headers = Headers(ResponseHeaders.ForProblem(status), document),
            Content = content,
        };
    }

    private static Dictionary<string, IOpenApiMediaType> Content(string mediaType, string schema, OpenApiDocument document) =>
        new() { [mediaType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document) } };

    private static Dictionary<string, IOpenApiHeader> Headers(IEnumerable<string> names, OpenApiDocument document) =>
        names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));

    private static string Status(int status) => status.ToString(CultureInfo.InvariantCulture);
}
