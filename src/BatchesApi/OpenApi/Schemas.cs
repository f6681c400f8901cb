using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Administration;
using BatchesApi.Batches;
using BatchesApi.Bulk;
using BatchesApi.Changes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Webhooks;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of the document. Those of records are generated. Those of batches follow the catalogue of fields, and that of
/// problems the catalogue of codes.</summary>
internal static class Schemas
{
    public const string Problem = "Problem";

    private const string ProblemCodes = "ProblemCode";

    /// <summary>The records that operations name. The records within them follow.</summary>
    private static readonly Type[] Records =
        [
            typeof(AccessTokenResponse), typeof(AccountHistoryPageResponse), typeof(BatchPageResponse), typeof(BatchSearchRequest),
            typeof(BulkCreateResultResponse),
            typeof(BulkResultResponse), typeof(BulkSelectionRequest), typeof(BulkUpdateRequest), typeof(ChangePageResponse),
            typeof(CredentialResponse), typeof(GroupPageResponse), typeof(HistoryPageResponse), typeof(KeyPageResponse),
            typeof(KeyWithSecretResponse), typeof(SignInRequest), typeof(UndoResultResponse), typeof(UserPageResponse),
            typeof(WebhookDeliveryPageResponse), typeof(WebhookListResponse), typeof(WebhookWithSecretResponse),
        ];

    /// <summary>Adds every schema to the components of the document.</summary>
    public static void AddTo(OpenApiDocument document, ISchemaGenerator generator, SchemaRepository repository)
    {
        foreach (var record in Records)
            generator.GenerateSchema(record, repository);
        var schemas = repository.Schemas;
        schemas["Batch"] = CreateBatch("A batch.", [.. BatchFields.All.Where(field => field.Origin != FieldOrigin.Deletion)]);
        schemas["DeletedBatch"] = CreateBatch("A deleted batch.", BatchFields.All);
        schemas["ChangedBatch"] = CreateChangedBatch();
        foreach (var result in (string[])["BulkResult", "UndoResult"])
            ((OpenApiSchema)schemas[result].Properties!["sample"]).Items = new OpenApiSchemaReference("ChangedBatch", document);
        var current = (OpenApiSchema)CreateBatch(
            "A batch as it is now; null if it is deleted or gone.",
            [.. BatchFields.All.Where(field => field.Origin != FieldOrigin.Deletion)]);
        current.Type = JsonSchemaType.Object | JsonSchemaType.Null;
        schemas["CurrentBatch"] = current;
        var author = (OpenApiSchema)schemas["HistoryActor"].CreateShallowCopy();
        author.Type = JsonSchemaType.Object | JsonSchemaType.Null;
        author.Description = "The author of a change; null for a snapshot.";
        schemas["ChangeAuthor"] = author;
        ((OpenApiSchema)schemas["HistorySubject"]).Type |= JsonSchemaType.Null;
        schemas["NewBatch"] = CreateBody(
            "All fields of a batch.", BatchFields.Writable.Where(field => field.Origin == FieldOrigin.Required));
        schemas["UpsertBatch"] = CreateBody(
            "A batch to create, or to update if a batch has its code. A new one needs a `batchType`.", [BatchFields.BatchCode]);
        schemas["UpsertBatches"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Description = "Several batches.",
            MinItems = 1,
            MaxItems = BatchBodyReader.MaxItems,
            Items = new OpenApiSchemaReference("UpsertBatch", document),
        };
        schemas["IdListChange"] = CreateListChange();
        schemas["BatchChanges"] = CreateChanges(document);
        schemas["BatchSet"] = CreateSet(schemas["BatchChanges"]);
        schemas["DeletedBatchPage"] = CreateDeletedPage(schemas["BatchPage"], document);
        schemas[Problem] = CreateProblem(document);
        schemas[ProblemCodes] = CreateEnum(DescribeCodes(), ProblemCode.All.Select(code => code.Name));
        schemas["ActorKind"] = CreateEnum("The kind of an author of changes.", [Actor.Key, Actor.User, Actor.Operator]);
        schemas[ApiParameters.Count.ValuesSchema!] = CreateEnum("How records are counted.", ApiParameters.Count.Values);
        schemas[ApiParameters.OnConflict.ValuesSchema!] = CreateEnum(
            "What to do if a batch has the code.", ApiParameters.OnConflict.Values);
        schemas["CredentialKind"] = CreateEnum("The kind of a credential.", [Actor.Key, Actor.User]);
        schemas["ExplainStepName"] = CreateEnum("The kind of a step.", ["walk", "head", "gather", "count"]);
        schemas["HistoryAction"] = CreateEnum(
            "The kind of a change.", [BatchChange.Create, BatchChange.Update, BatchChange.Delete, BatchChange.Restore]);
        schemas["ChangeAction"] = CreateEnum("The kind of an entry of the feed of changes.", ChangeResponses.Actions);
        schemas["AccountHistoryAction"] = CreateEnum(
            "The kind of a change.", ApiParameters.HistoryActionNames.Union(ApiParameters.AccessActionNames));
        schemas[ApiParameters.HistoryKind.ValuesSchema!] = CreateEnum("What was changed.", ApiParameters.HistoryKind.Values);
        schemas["Scope"] = CreateEnum("The permissions of a credential.", Enum.GetValues<Domain.Scope>().Select(scope => scope.ToText()));
        schemas["TokenType"] = CreateEnum("The type of an access token.", ["Bearer"]);
        schemas["SortDirection"] = CreateEnum("A sort direction.", ["asc", "desc"]);
        ((OpenApiSchema)schemas["BatchSearch"].Properties!["order"]).Items = new OpenApiSchemaReference("SortDirection", document);
        schemas["Policy"] = CreateFilter(JsonSchemaType.Object | JsonSchemaType.Null);
        schemas["Filter"] = CreateFilter(JsonSchemaType.Object);
        LeaseSchemas.AddTo(schemas, document);
        WebhookSchemas.AddTo(schemas, document);
        AdministrationSchemas.AddTo(schemas, document);
        document.Components!.Schemas = schemas;
    }

    private static OpenApiSchema CreateBatch(string description, IReadOnlyList<Field> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Description = $"{description} Every field is present, null if it has no value. If the parameter `fields` selects fields, only "
            + "these and `id` are present.",
        Required = fields.Select(field => field.Name).ToHashSet(),
        Properties = fields.ToDictionary(field => field.Name, IOpenApiSchema (field) => FieldSchemas.ForResponse(field)),
    };

    private static OpenApiSchema CreateChangedBatch()
    {
        var batch = CreateBatch("A batch after a change. `deletedAt` is present only if it is deleted.", BatchFields.All);
        batch.Required!.Remove(BatchFields.DeletedAt.Name);
        return batch;
    }

    private static OpenApiSchema CreateBody(string description, IEnumerable<Field> required) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = required.Select(field => field.Name).ToHashSet(),
        Properties = BatchFields.Writable.ToDictionary(field => field.Name, IOpenApiSchema (field) => FieldSchemas.ForRequest(field)),
    };

    public static OpenApiSchema CreateFilter(JsonSchemaType type) => new()
    {
        Type = type,
        Description = "Conditions in the syntax of the parameter `p`.",
        AdditionalProperties = new OpenApiSchema(),
        Examples = [JsonNode.Parse("""{"assignee":"amy"}""")!],
    };

    /// <summary>Some fields of a batch. An array field takes a new value or a change.</summary>
    private static OpenApiSchema CreateChanges(OpenApiDocument document)
    {
        var changes = CreateBody("Some fields of a batch.", []);
        foreach (var field in BatchFields.Writable.Where(field => field.Kind == FieldKind.TextList))
        {
            changes.Properties![field.Name] = new OpenApiSchema
            {
                Description = $"{field.Description} Or a change of them.",
                OneOf = [changes.Properties[field.Name], new OpenApiSchemaReference("IdListChange", document)],
            };
        }
        return changes;
    }

    private static OpenApiSchema CreateSet(IOpenApiSchema changes)
    {
        var set = (OpenApiSchema)changes.CreateShallowCopy();
        set.Description = "The fields to set in several batches: all except `batchCode`.";
        set.Properties = changes.Properties!.Where(property => property.Key != BatchFields.BatchCode.Name).ToDictionary();
        return set;
    }

    private static OpenApiSchema CreateListChange()
    {
        static OpenApiSchema Items(string description)
        {
            var items = FieldSchemas.ForRequest(BatchFields.LeadIds);
            (items.Type, items.Description) = (JsonSchemaType.Array, description);
            return items;
        }
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A change of an array of ids. Clients that change the same array at the same time do not lose elements.",
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["add"] = Items("The elements to add at the end, unless the array has them."),
                ["remove"] = Items("The elements to remove."),
            },
        };
    }

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

    public static OpenApiSchema CreateEnum(string description, IEnumerable<string> values) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        Enum = [.. values.Select(value => JsonValue.Create(value))],
    };

    private static OpenApiSchema CreateProblem(OpenApiDocument document) => new()
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
            ["code"] = new OpenApiSchemaReference(ProblemCodes, document),
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
            ["matched"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int64",
                Minimum = "0",
                Description = "For `too_many_matched` and `count_differs`: the number of matching batches.",
                Examples = [37],
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
        "The stable code of an error, for programs to compare. Later versions may add codes.\n\n"
        + "| code | status | meaning | what to do |\n| --- | --- | --- | --- |\n"
        + string.Join('\n', ProblemCode.All.Select(code => string.Create(
            CultureInfo.InvariantCulture, $"| `{code.Name}` | {code.Status} | {code.Title} | {code.Remedy} |")));

    private static OpenApiSchema Text(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Format = format, Description = description };
}
