using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of the document. Those of records are generated. Those of batches follow the catalogue of fields, and that of
/// problems the catalogue of codes.</summary>
internal static class Schemas
{
    public const string Problem = "Problem";

    /// <summary>The records that operations name. The records within them follow.</summary>
    private static readonly Type[] Records =
        [
            typeof(AccessTokenResponse), typeof(BatchPageResponse), typeof(CredentialResponse), typeof(HistoryPageResponse),
            typeof(SignInRequest),
        ];

    /// <summary>Adds every schema to the components of the document.</summary>
    public static void AddTo(OpenApiDocument document, ISchemaGenerator generator, SchemaRepository repository)
    {
        foreach (var record in Records)
            generator.GenerateSchema(record, repository);
        var schemas = repository.Schemas;
        foreach (var (name, schema) in CreateBatchSchemas(document))
            schemas[name] = schema;
        schemas["DeletedBatchPage"] = CreateDeletedPage(schemas["BatchPage"], document);
        schemas[Problem] = CreateProblem();
        document.Components!.Schemas = schemas;
    }

    /// <summary>The schemas that follow the catalogue of fields.</summary>
    public static Dictionary<string, IOpenApiSchema> CreateBatchSchemas(OpenApiDocument document) => new()
    {
        ["Batch"] = CreateBatch("A batch.", BatchFields.All.Where(f => f.Origin != FieldOrigin.Deletion)),
        ["DeletedBatch"] = CreateBatch("A deleted batch.", BatchFields.All),
        ["NewBatch"] = CreateBody("All fields of a batch.", isComplete: true),
        ["NewBatches"] = OneOrMore("A batch, or an array of batches.", new OpenApiSchemaReference("NewBatch", document)),
        ["CreatedBatches"] = OneOrMore(
            "The batch, or the batches in the order of the request.", new OpenApiSchemaReference("Batch", document)),
        ["BatchChanges"] = CreateBody("Some fields of a batch.", isComplete: false),
    };

    private static OpenApiSchema CreateBatch(string description, IEnumerable<Field> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Description = $"{description} Every field is present, null if it has no value, unless the parameter `fields` selects fields.",
        Required = new HashSet<string> { BatchFields.Id.Name },
        Properties = fields.ToDictionary(f => f.Name, IOpenApiSchema (f) => FieldSchemas.ForResponse(f)),
    };

    private static OpenApiSchema CreateBody(string description, bool isComplete) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = isComplete ? BatchFields.Writable.Where(f => f.Origin == FieldOrigin.Required).Select(f => f.Name).ToHashSet() : null,
        Properties = BatchFields.Writable.ToDictionary(
            f => f.Name, IOpenApiSchema (f) => FieldSchemas.ForRequest(f, withDefault: isComplete)),
    };

    private static OpenApiSchema OneOrMore(string description, OpenApiSchemaReference batch) => new()
    {
        Description = description,
        OneOf =
        [
            batch,
            new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, MaxItems = BatchBodyReader.MaxItems, Items = batch },
        ],
    };

    /// <summary>The page of batches with deleted batches in it.</summary>
    private static OpenApiSchema CreateDeletedPage(IOpenApiSchema page, OpenApiDocument document)
    {
        var deleted = (OpenApiSchema)page.CreateShallowCopy();
        var data = (OpenApiSchema)page.Properties!["data"].CreateShallowCopy();
        data.Items = new OpenApiSchemaReference("DeletedBatch", document);
        deleted.Description = "A page of deleted batches.";
        deleted.Properties = new Dictionary<string, IOpenApiSchema>(page.Properties) { ["data"] = data };
        return deleted;
    }

    private static OpenApiSchema CreateProblem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "detail", "instance", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("The URL of a page that explains the code.", "uri-reference"),
            ["title"] = Text("The meaning of the code, always the same."),
            ["status"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "400",
                Maximum = "599",
                Description = "The HTTP status.",
            },
            ["detail"] = Text("What is wrong with this request, and how to correct it."),
            ["instance"] = Text("The path of the request.", "uri-reference"),
            ["code"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = DescribeCodes(),
                Enum = [.. ProblemCode.All.Select(code => JsonValue.Create(code.Name))],
            },
            ["traceId"] = Text("The id of the request in the server's log, for questions to the operator."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "For invalid input, and for arrays whose items are rejected: the error messages under the names "
                    + "that you sent.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            },
            ["version"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "1",
                Description = "For `version_differs`: the current version of the batch.",
                Examples = [4],
            },
            ["changed"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "For `version_differs`: the fields in which the batch differs from the version in `If-Match`, as far as "
                    + "its history is kept. Absent for a credential with a policy.",
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        },
    };

    private static string DescribeCodes() =>
        "The stable code of the error, for programs to compare.\n\n| code | status | meaning | what to do |\n| --- | --- | --- | --- |\n"
        + string.Join('\n', ProblemCode.All.Select(code => string.Create(
            CultureInfo.InvariantCulture, $"| `{code.Name}` | {code.Status} | {code.Title} | {code.Remedy} |")));

    private static OpenApiSchema Text(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Format = format, Description = description };
}
