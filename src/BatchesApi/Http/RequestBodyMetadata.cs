using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>The body that an operation takes, for the OpenAPI document.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Schema">Its schema in the OpenAPI document.</param>
/// <param name="IsRequired">Whether there must be one.</param>
/// <param name="MediaTypes">Its media types, the preferred one first.</param>
/// <param name="Examples">Bodies that are accepted as they are; forms are filled with the first.</param>
internal sealed record RequestBodyMetadata(
    string Description, string Schema, bool IsRequired, IReadOnlyList<string> MediaTypes, IReadOnlyList<BodyExample> Examples)
{
    /// <summary>The schema of forms, which are objects.</summary>
    public string FormSchema { get; private init; } = Schema;

    /// <summary>A whole batch.</summary>
    public static RequestBodyMetadata Create { get; } = new(
        "The batch. A field that is not passed, or is null, has its default. The server's own fields (`id`, `createdAt`, `updatedAt`, "
        + "`deletedAt`, `version`) are ignored, so that a batch can be sent back as it came; any other unknown field is an error.",
        "NewBatch",
        IsRequired: true,
        [JsonOutput.MediaType, BodyFormats.FormMediaType],
        [
            new("whole", "Every field", CreateExample(BatchFields.Writable)),
            new("least", "The required fields alone", CreateExample(BatchFields.Writable.Where(f => f.Origin == FieldOrigin.Required))),
        ]);

    /// <summary>A whole batch, or several.</summary>
    public static RequestBodyMetadata CreateOneOrMore { get; } = Create with
    {
        Description = $"{Create.Description} An array of 1 to 1,000 batches creates all of them, or none where one is at fault: the faults of an item stand under "
            + "names such as `[3].rating`.",
        Schema = "NewBatches",
        Examples = [.. Create.Examples, new("several", "Two at once", """[{"batchCode":"B-2026-002","batchType":"renewal"},{"batchCode":"B-2026-003","batchType":"upsell"}]""")],
    };

    /// <summary>Who signs in.</summary>
    public static RequestBodyMetadata SignIn { get; } = new(
        "The e-mail address and the password of a user.",
        "SignIn",
        IsRequired: true,
        [JsonOutput.MediaType, BodyFormats.FormMediaType],
        [new("signIn", "Sign in", """{"email":"amy@example.com","password":"correct horse battery staple"}""")]);

    /// <summary>Some fields of a batch, or none.</summary>
    public static RequestBodyMetadata Patch { get; } = new(
        "The fields to change; null clears one. No body, or one without fields, changes nothing.",
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
