using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <param name="Name">One word.</param>
/// <param name="Summary">The effect, in a few words.</param>
/// <param name="Json">The body as JSON.</param>
internal sealed record BodyExample(string Name, string Summary, string Json);

/// <summary>The request body of an operation, for the OpenAPI document.</summary>
/// <param name="Description">The description in the document.</param>
/// <param name="Schema">The name of its schema.</param>
/// <param name="IsRequired">Whether the body is required.</param>
/// <param name="MediaTypes">The media types, the preferred one first.</param>
/// <param name="Examples">Accepted bodies. Swagger UI fills in the first.</param>
internal sealed record RequestBodyMetadata(
    string Description, string Schema, bool IsRequired, IReadOnlyList<string> MediaTypes, IReadOnlyList<BodyExample> Examples)
{
    /// <summary>The schema of forms, which cannot be arrays.</summary>
    public string FormSchema { get; private init; } = Schema;

    public static RequestBodyMetadata Create { get; } = new(
        "The batch. A field that is absent or null gets its default. Server-managed fields (`id`, `createdAt`, `updatedAt`, `deletedAt`, "
        + "`version`) are ignored, so a batch can be sent back as it was received. Any other unknown field is an error.",
        "NewBatch",
        IsRequired: true,
        [JsonOutput.MediaType, BodyFormats.FormMediaType],
        [
            new("whole", "All fields", CreateExample(BatchFields.Writable)),
            new("least", "Only the required fields", CreateExample(BatchFields.Writable.Where(f => f.Origin == FieldOrigin.Required))),
        ]);

    public static RequestBodyMetadata CreateOneOrMore { get; } = Create with
    {
        Description = $"{Create.Description} An array of 1 to 1,000 batches creates all of them, or no batch if an item is invalid: "
            + "`errors` then lists the errors of an item under names such as `[3].rating`.",
        Schema = "NewBatches",
        Examples =
        [
            .. Create.Examples,
            new(
                "several",
                "Two batches",
                """[{"batchCode":"B-2026-002","batchType":"renewal"},{"batchCode":"B-2026-003","batchType":"upsell"}]"""),
        ],
    };

    public static RequestBodyMetadata SignIn { get; } = new(
        "The e-mail address and the password of a user.",
        "SignIn",
        IsRequired: true,
        [JsonOutput.MediaType, BodyFormats.FormMediaType],
        [new("signIn", "Sign in", """{"email":"amy@example.com","password":"correct horse battery staple"}""")]);

    public static RequestBodyMetadata Patch { get; } = new(
        "The fields to change; null clears a field. An empty body, or one without fields, changes nothing.",
        "BatchChanges",
        IsRequired: false,
        [JsonOutput.MediaType, BodyFormats.MergePatchMediaType, BodyFormats.FormMediaType],
        [
            new("change", "Set two fields", CreateExample([BatchFields.Assignee, BatchFields.Rating])),
            new("clear", "Clear two fields", $$"""{"{{BatchFields.DueDate}}":null,"{{BatchFields.Notes}}":null}"""),
        ]);

    private static string CreateExample(IEnumerable<Field> fields) =>
        $"{{{string.Join(',', fields.Select(field => $"\"{field.Name}\":{field.Example}"))}}}";
}
