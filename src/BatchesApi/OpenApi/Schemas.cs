using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The schemas that operations name.</summary>
internal static class Schemas
{
    /// <summary>The schema of problems.</summary>
    public const string Problem = "Problem";

    /// <summary>All schemas by name.</summary>
    /// <param name="document">The document that they become part of.</param>
    public static Dictionary<string, IOpenApiSchema> Create(OpenApiDocument document) => new()
    {
        ["Batch"] = Batch("A batch.", BatchFields.All.Where(f => f.Origin != FieldOrigin.Deletion)),
        ["DeletedBatch"] = Batch("A deleted batch.", BatchFields.All),
        ["BatchPage"] = Page("A page of batches.", new OpenApiSchemaReference("Batch", document)),
        ["DeletedBatchPage"] = Page("A page of deleted batches.", new OpenApiSchemaReference("DeletedBatch", document)),
        ["NewBatch"] = Body("A whole batch.", whole: true),
        ["NewBatches"] = OneOrSeveral("A whole batch, or several.", new OpenApiSchemaReference("NewBatch", document)),
        ["CreatedBatches"] = OneOrSeveral("The batch, or the batches in the order in which they were sent.", new OpenApiSchemaReference("Batch", document)),
        ["HistoryPage"] = History(),
        ["BatchChanges"] = Body("Some fields of a batch.", whole: false),
        ["SignIn"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Who signs in.",
            Required = new HashSet<string> { "email", "password" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["email"] = Text("The e-mail address, in any case.", "email"),
                ["password"] = Text("The password.", "password"),
            },
        },
        ["AccessToken"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "An access token.",
            Required = new HashSet<string> { "accessToken", "tokenType", "expiresIn" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["accessToken"] = Text("The token, to be sent as `Authorization: Bearer <token>`."),
                ["tokenType"] = Text("`Bearer`."),
                ["expiresIn"] = Number("The seconds for which it is valid.", "int32", min: 1, example: 86_400),
            },
        },
        ["Credential"] = CredentialSchema(),
        [Problem] = ProblemSchema(),
    };

    private static OpenApiSchema Batch(string description, IEnumerable<Field> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Description = $"{description} Every field is there, null where it has no value, unless the parameter `fields` keeps only some.",
        Required = new HashSet<string> { BatchFields.Id.Name },
        Properties = fields.ToDictionary(f => f.Name, IOpenApiSchema (f) => FieldSchemas.ForResponse(f)),
    };

    private static OpenApiSchema Body(string description, bool whole) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = whole ? BatchFields.Writable.Where(f => f.Origin == FieldOrigin.Required).Select(f => f.Name).ToHashSet() : null,
        Properties = BatchFields.Writable.ToDictionary(f => f.Name, IOpenApiSchema (f) => FieldSchemas.ForRequest(f, withDefault: whole)),
    };

    private static OpenApiSchema Page(string description, IOpenApiSchema record) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = new HashSet<string> { "data", "limit", "nextCursor" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["data"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = record, Description = "The records." },
            ["page"] = Number("The page's number, from 1 on; not there in an answer to a `cursor`.", "int32", min: 1, example: 1),
            ["limit"] = Number("Most records on a page.", "int32", min: 1, example: 20),
            ["total"] = Number("The records on all pages, or the estimate where `totalIsExact` is false; not there with `count=none`.", "int64", min: 0, example: 57),
            ["totalIsExact"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Description = "Whether `total` was counted, not estimated; not there with `count=none`.",
                Examples = [true],
            },
            ["pages"] = Nullable(Number(
                "The number of pages; null where `totalIsExact` is false, not there with `count=none`.", "int64", min: 0, example: 3)),
            ["nextCursor"] = Nullable(Text("Where the list goes on, for the parameter `cursor`; null on the last page.")),
            ["explain"] = ExplanationSchema(),
        },
    };

    private static OpenApiSchema OneOrSeveral(string description, OpenApiSchemaReference one) => new()
    {
        Description = description,
        OneOf =
        [
            one,
            new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, MaxItems = BatchBodyReader.MaxItems, Items = one },
        ],
    };

    private static OpenApiSchema History() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A page of the history of a batch.",
        Required = new HashSet<string> { "data", "limit", "nextCursor" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["data"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "The changes, the newest first.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { "version", "action", "at", "by", "changes" },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["version"] = Number("The version that the change made.", "int32", min: 1, example: 2),
                        ["action"] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.String,
                            Description = "What was done.",
                            Enum = [BatchChange.Create, BatchChange.Update, BatchChange.Delete, BatchChange.Restore],
                        },
                        ["at"] = Text("When.", "date-time"),
                        ["by"] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.Object,
                            Description = "By whom.",
                            Required = new HashSet<string> { "kind", "id", "name" },
                            Properties = new Dictionary<string, IOpenApiSchema>
                            {
                                ["kind"] = new OpenApiSchema
                                {
                                    Type = JsonSchemaType.String,
                                    Description = "An API key, a user, or the server's operator.",
                                    Enum = [Actor.Key, Actor.User, Actor.Operator],
                                },
                                ["id"] = Nullable(Text("The id of the API key, or of the user's access token; null for the operator.")),
                                ["name"] = Text("The name of the key, the e-mail address of the user, or the verb of the operator."),
                            },
                        },
                        ["changes"] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.Object,
                            Description = "The fields that changed, each with its `old` and its `new` value.",
                            AdditionalProperties = new OpenApiSchema
                            {
                                Type = JsonSchemaType.Object,
                                Required = new HashSet<string> { "old", "new" },
                                Properties = new Dictionary<string, IOpenApiSchema>
                                {
                                    ["old"] = new OpenApiSchema { Description = "The value before." },
                                    ["new"] = new OpenApiSchema { Description = "The value after." },
                                },
                            },
                        },
                    },
                },
            },
            ["limit"] = Number("Most changes on a page.", "int32", min: 1, example: 20),
            ["nextCursor"] = Nullable(Text("Where the history goes on, for the parameter `cursor`; null at its end.")),
        },
    };

    private static OpenApiSchema CredentialSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An API key or access token.",
        Required = new HashSet<string> { "account", "kind", "name", "scope", "policy", "expiresAt", "limits" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["account"] = Text("The account that it opens."),
            ["kind"] = Text("`key` for an API key, `user` for the access token of a user."),
            ["name"] = Text("The name of the key, or the e-mail address of the user."),
            ["scope"] = Text("`write`, which includes reading, or `read`."),
            ["policy"] = Nullable(new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "The conditions, as in the parameter `p`, on every batch that it sees or changes; null for none.",
            }),
            ["expiresAt"] = Nullable(Text("From when on it is refused; null for never.", "date-time")),
            ["limits"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "The limits on its requests; empty where there are none.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { "name", "limit", "windowSeconds", "remaining", "resetSeconds" },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["name"] = Text("The name that the fields `RateLimit` and `RateLimit-Policy` call it by."),
                        ["limit"] = Number("Requests that are allowed in any stretch of that time.", "int32", min: 1, example: 480),
                        ["windowSeconds"] = Number("That time in seconds.", "int32", min: 1, example: 60),
                        ["remaining"] = Number("Requests that may be made at once.", "int32", min: 0, example: 479),
                        ["resetSeconds"] = Number("The seconds until the oldest request that counts counts no more; 0 where none does.", "int32", min: 0, example: 60),
                    },
                },
            },
        },
    };

    private static OpenApiSchema ExplanationSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "How the list was found; there only for `Prefer: explain` and a caller with the scope `write`.",
        Required = new HashSet<string> { "where", "order", "steps" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["where"] = Text("The filters as they were understood."),
            ["order"] = Text("The order, whose last key no two records share."),
            ["steps"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "What was done, in order.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { "step", "indexes", "estimatedRows", "actualRows", "readRows", "sortedRows" },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["step"] = Text("`walk`: records were read in order until the page was full. `head`: the first few were looked at for text. `gather`: all "
                            + "that match were found by an index and then sorted. `count`: records were counted."),
                        ["indexes"] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.Array,
                            Description = "The indexes used, by the fields that they are made of; `none` where all records were looked at.",
                            Items = new OpenApiSchema { Type = JsonSchemaType.String },
                        },
                        ["estimatedRows"] = Number("Records that were expected to be found.", "int64", min: 0, example: 21),
                        ["actualRows"] = Number("Records that were found.", "int64", min: 0, example: 21),
                        ["readRows"] = Number("Records that were looked at to find them; many more than were found make a list slow.", "int64", min: 0, example: 84),
                        ["sortedRows"] = Number("Records that had to be sorted, since no index had them in order; many make a list slow.", "int64", min: 0, example: 0),
                    },
                },
            },
        },
    };

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "What went wrong (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "detail", "instance", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("Identifies the type of problem; it says the same as `code`.", "uri"),
            ["title"] = Text("What the code means, the same every time."),
            ["status"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "400",
                Maximum = "599",
                Description = "The HTTP status.",
            },
            ["detail"] = Text("What was wrong with this request, and what would be right."),
            ["instance"] = Text("The path that was asked for.", "uri-reference"),
            ["code"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = Codes(),
                Enum = [.. ProblemCode.All.Select(code => JsonValue.Create(code.Name))],
            },
            ["traceId"] = Text("The request's id in the server's log, to tell the operator."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "For bad input only: what is wrong, under the names that the client sent. Each message completes the sentence "
                    + "that begins with the name.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
            ["version"] = Number("For `version_differs` only: the version that the batch has.", "int32", min: 1, example: 4),
            ["changed"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "For `version_differs` only: the fields in which the batch differs from the version that the client named, "
                    + "as far back as its history is kept. A credential with a policy does not get it.",
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        },
    };

    private static string Codes() =>
        "The stable word for programs to compare.\n\n| code | status | meaning | what to do |\n| --- | --- | --- | --- |\n"
        + string.Join('\n', ProblemCode.All.Select(code => string.Create(
            CultureInfo.InvariantCulture, $"| `{code.Name}` | {code.Status} | {code.Title} | {code.Remedy} |")));

    private static OpenApiSchema Text(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Format = format, Description = description };

    private static OpenApiSchema Nullable(OpenApiSchema schema)
    {
        schema.Type |= JsonSchemaType.Null;
        return schema;
    }

    private static OpenApiSchema Number(string description, string format, int min, int example) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = format,
        Minimum = min.ToString(CultureInfo.InvariantCulture),
        Description = description,
        Examples = [example],
    };
}
