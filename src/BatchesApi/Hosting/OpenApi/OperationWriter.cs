using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Responses;
using BatchesApi.Routing;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.Hosting.OpenApi;

/// <summary>Writes an operation by the notes in the route table. Handlers read requests and write answers themselves, so that their
/// signatures tell nothing.</summary>
internal sealed class OperationWriter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var notes = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var document = context.Document;

        operation.Parameters =
        [
            .. PathParameters(context.ApiDescription),
            .. notes.OfType<OperationParameters>().SelectMany(p => p.All).Select(parameter => Parameter(parameter, ParameterLocation.Query)),
            .. notes.OfType<OperationParameters>().SelectMany(p => p.Headers).Select(parameter => Parameter(parameter, ParameterLocation.Header)),
        ];
        operation.RequestBody = notes.OfType<OperationBody>().Select(body => Body(body, document)).SingleOrDefault();
        operation.Responses = [];
        foreach (var answer in notes.OfType<OperationAnswer>())
            operation.Responses.Add(Status(answer.Status), Answer(answer, document));
        foreach (var codes in notes.OfType<OperationFailures>().SelectMany(f => f.Codes).Distinct().GroupBy(code => code.Status).OrderBy(g => g.Key))
            operation.Responses.Add(Status(codes.Key), Failure(codes.Key, [.. codes], document));

        var access = notes.OfType<RouteAccess>().Last();
        if (access.Needs is null)
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

    private static OpenApiParameter Parameter(ListParameter parameter, ParameterLocation place)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.String };
        if (parameter.Number is var (least, greatest, number))
        {
            schema.Type = JsonSchemaType.Integer;
            schema.Format = "int32";
            schema.Minimum = least.ToString(CultureInfo.InvariantCulture);
            schema.Maximum = greatest.ToString(CultureInfo.InvariantCulture);
            schema.Default = number;
        }
        else if (parameter.Words.Count > 0)
        {
            schema.Enum = [.. parameter.Words.Select(word => JsonValue.Create(word))];
            schema.Default = parameter.Words[0];
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

    private static OpenApiRequestBody Body(OperationBody body, OpenApiDocument document) => new()
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
        Schemas.Of(document)[schema].Properties!
            .Where(property => property.Value.Type!.Value.HasFlag(JsonSchemaType.Array))
            .ToDictionary(property => property.Key, _ => new OpenApiEncoding { Style = ParameterStyle.Form, Explode = true });

    private static OpenApiResponse Answer(OperationAnswer answer, OpenApiDocument document) => new()
    {
        Description = answer.Description,
        Headers = Headers(answer.Headers, document),
        Content = answer.Schema is null ? null : Content(JsonText.MediaType, answer.Schema, document),
    };

    private static OpenApiResponse Failure(int status, IReadOnlyList<ProblemCode> codes, OpenApiDocument document)
    {
        var content = Content(Problem.MediaType, Schemas.Problem, document);
        ((OpenApiMediaType)content[Problem.MediaType]).Examples =
            codes.ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExampleReference(code.Name, document));
        return new OpenApiResponse
        {
            Description = string.Join("\n\n", codes.Select(code => $"`{code.Name}`: {code.Title}")),
            Headers = Headers(AnswerHeaders.OfProblems(status), document),
            Content = content,
        };
    }

    private static Dictionary<string, IOpenApiMediaType> Content(string mediaType, string schema, OpenApiDocument document) =>
        new() { [mediaType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document) } };

    private static Dictionary<string, IOpenApiHeader> Headers(IEnumerable<string> names, OpenApiDocument document) =>
        names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));

    private static string Status(int status) => status.ToString(CultureInfo.InvariantCulture);
}
