using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <param name="Name">One word.</param>
/// <param name="Summary">The effect, in a few words.</param>
/// <param name="Json">The body as JSON.</param>
internal sealed record BodyExample(string Name, string Summary, string Json);

/// <summary>The request body of an operation, for the OpenAPI document. The document has one schema and one media type for each body,
/// because client generators cannot express a choice; the description names the other forms.</summary>
/// <param name="Description">The description in the document.</param>
/// <param name="Schema">The name of its schema.</param>
/// <param name="IsRequired">Whether the body is required.</param>
/// <param name="Examples">Bodies that succeed one after the other on a new account, in the order of the document. Swagger UI fills in the
/// first.</param>
internal sealed record RequestBodyMetadata(string Description, string Schema, bool IsRequired, IReadOnlyList<BodyExample> Examples)
{
    private const string Forms = $"A form (`{BodyFormats.FormMediaType}`) with the same names works too.";

    private const string AllFields =
        "A field that is absent or null gets its default. Server-managed fields (`id`, `createdAt`, `updatedAt`, `deletedAt`, `version`) "
        + $"are ignored, so a batch can be sent back as it was received. Any other unknown field is an error. {Forms}";

    private static readonly IEnumerable<Field> Required = BatchFields.Writable.Where(field => field.Origin == FieldOrigin.Required);

    public static RequestBodyMetadata Create { get; } = new(
        $"The batch. {AllFields} An array of 1 to 1,000 batches creates all of them, or no batch if an item is invalid: `errors` then "
        + "lists the errors of an item under names such as `[3].rating`.",
        "NewBatch",
        IsRequired: true,
        [
            new("whole", "All fields", CreateExample(BatchFields.Writable)),
            new("least", "Only the required fields", CreateExample(Required, (BatchFields.BatchCode, "\"B-2026-002\""))),
        ]);

    public static RequestBodyMetadata Update { get; } = new(
        $"The batch. {AllFields}",
        "NewBatch",
        IsRequired: true,
        [
            new("whole", "All fields", CreateExample(BatchFields.Writable, (BatchFields.DueDate, "\"2026-12-15T00:00:00Z\""))),
            new("least", "Only the required fields, which resets all others", CreateExample(Required)),
        ]);

    public static RequestBodyMetadata Patch { get; } = new(
        "The fields to change; null clears a field. An empty body, or one without fields, changes nothing. "
        + "The two id arrays also take a change, so that concurrent clients do not lose each other's elements: "
        + """`{"leadIds":{"add":["a"],"remove":["b"]}}`. """
        + $"`{BodyFormats.MergePatchMediaType}` works too. {Forms}",
        "BatchChanges",
        IsRequired: false,
        [
            new("change", "Set two fields", CreateExample(
                [BatchFields.Assignee, BatchFields.Rating], (BatchFields.Assignee, "\"ben\""), (BatchFields.Rating, "5"))),
            new("clear", "Clear two fields", CreateExample(
                [BatchFields.DueDate, BatchFields.Notes], (BatchFields.DueDate, "null"), (BatchFields.Notes, "null"))),
            new("lists", "Add a lead and remove one", CreateExample(
                [BatchFields.LeadIds],
                (BatchFields.LeadIds, """{"add":["63a5b84c53e1218321c55003"],"remove":["63a5b84c53e1218321c55001"]}"""))),
        ]);

    public static RequestBodyMetadata BulkCreate { get; } = new(
        "An array of 1 to 1,000 batches. Every batch needs a `batchCode`, and a new one a `batchType`. If an item is invalid, `errors` "
        + "lists its errors under names such as `[3].rating`, and nothing is changed. CSV (`text/csv`) with a header row works too; errors "
        + "then have names such as `[line 7].rating`.",
        "UpsertBatches",
        IsRequired: true,
        [
            new("several", "Two batches",
                """[{"batchCode":"B-2026-011","batchType":"renewal","assignee":"amy"},{"batchCode":"B-2026-012","batchType":"upsell"}]"""),
        ]);

    public static RequestBodyMetadata BulkUpdate { get; } = new(
        "The batches and the fields to set.",
        "BulkUpdate",
        IsRequired: true,
        [
            new("preview", "Show what would be changed", """{"where":{"assignee":"amy"},"set":{"assignee":"ben"},"dryRun":true}"""),
            new("filter", "Reassign all batches of an assignee", """{"where":{"assignee":"amy"},"set":{"assignee":"ben"}}"""),
            new("search", "Change what a search finds",
                """{"where":{"rating":{"$gte":4}},"q":"renewal","set":{"dueDate":"2026-12-31T00:00:00Z"}}"""),
            new("lists", "Add a lead to each",
                """{"where":{"batchType":"renewal"},"set":{"leadIds":{"add":["63a5b84c53e1218321c55003"]}}}"""),
        ]);

    public static RequestBodyMetadata BulkDelete { get; } = new(
        "The batches.",
        "BulkSelection",
        IsRequired: true,
        [
            new("preview", "Show what would be deleted", """{"where":{"assignee":"ben"},"dryRun":true}"""),
            new("filter", "Delete all batches of an assignee", """{"where":{"assignee":"ben"}}"""),
        ]);

    public static RequestBodyMetadata BulkRestore { get; } = new(
        "The deleted batches.",
        "BulkSelection",
        IsRequired: true,
        [
            new("preview", "Show what would be restored", """{"where":{"assignee":"ben"},"dryRun":true}"""),
            new("filter", "Restore all batches of an assignee", """{"where":{"assignee":"ben"}}"""),
        ]);

    public static RequestBodyMetadata Search { get; } = new(
        "The parameters of the list, all optional. They mean the same as in the query of a list. `fields`, `sortBy` and `order` may also "
        + "be strings, as there. An empty body has no parameters.",
        "BatchSearch",
        IsRequired: false,
        [
            new("conditions", "Conditions, an order and a page size",
                """{"p":{"rating":{"$gte":4}},"sortBy":["rating","dueDate"],"order":["desc","asc"],"limit":100}"""),
            new("ids", "The batches with one of several ids",
                """{"p":{"id":{"$in":["63a5b84c53e1218321c55572","63a5b84c53e1218321c55573"]}},"fields":["batchCode","assignee"]}"""),
            new("text", "A search for text, without a count", """{"q":"renewal quarter","count":"none"}"""),
        ]);

    public static RequestBodyMetadata Claim { get; } = new(
        "The batches to claim. An empty body claims the newest batch for 15 minutes.",
        "Claim",
        IsRequired: false,
        [
            new("next", "The next due batch without an assignee",
                """{"where":{"assignee":null},"sortBy":"dueDate","order":"asc","set":{"assignee":"amy"}}"""),
            new("several", "Up to ten batches for an hour", """{"limit":10,"for":"1h"}"""),
        ]);

    public static RequestBodyMetadata LeaseExtension { get; } = new(
        "The token of the lease, and its new duration.",
        "LeaseExtension",
        IsRequired: true,
        [new("extend", "Extend by 15 minutes from now", """{"token":"8J2cPb0yXvQmT4nGf1LwZk7sRa6eUd3H","for":"15m"}""")]);

    public static RequestBodyMetadata NewWebhook { get; } = new(
        "The webhook.",
        "NewWebhook",
        IsRequired: true,
        [
            new("all", "All changes of all batches", """{"url":"https://example.com/hooks/batches"}"""),
            new("some", "Some changes of some batches",
                """{"url":"https://example.com/hooks/amy","events":["batch.created","batch.updated"],"where":{"assignee":"amy"}}"""),
        ]);

    public static RequestBodyMetadata WebhookChanges { get; } = new(
        "The members to change. `where: null` removes the condition. An empty body, or one without members, changes nothing.",
        "WebhookChanges",
        IsRequired: false,
        [
            new("activate", "Activate it again", """{"active":true}"""),
            new("narrow", "Send fewer events", """{"events":["batch.updated"],"where":{"rating":{"$gte":4}}}"""),
        ]);

    public static RequestBodyMetadata NewKey { get; } = new(
        "The API key.",
        "NewKey",
        IsRequired: true,
        [
            new("sync", "For a system that reads and writes", """{"name":"crm-sync"}"""),
            new("agent", "For the batches of one assignee, until a date",
                """{"name":"amy","scope":"write","policy":{"assignee":{"$me":true}},"expiresAt":"2035-12-31T00:00:00Z"}"""),
        ]);

    public static RequestBodyMetadata KeyChanges { get; } = new(
        "The members to change. `expiresAt: null` removes the expiry. An empty body, or one without members, changes nothing.",
        "KeyChanges",
        IsRequired: false,
        [
            new("expire", "Let it expire", """{"expiresAt":"2035-12-31T00:00:00Z"}"""),
            new("rename", "Rename it", """{"name":"crm-sync-2"}"""),
        ]);

    public static RequestBodyMetadata KeyRotation { get; } = new(
        "How long the present secret stays valid. An empty body means 24 hours.",
        "KeyRotation",
        IsRequired: false,
        [
            new("day", "Keep the present secret for a day", """{"overlap":"24h"}"""),
            new("now", "End the present secret now", """{"overlap":"0s"}"""),
        ]);

    public static RequestBodyMetadata NewUser { get; } = new(
        "The user.",
        "NewUser",
        IsRequired: true,
        [
            new("user", "A user who reads and writes",
                """{"email":"cleo@example.com","password":"correct horse battery staple"}"""),
            new("agent", "A user who sees only the batches assigned to the user",
                """{"email":"dan@example.com","password":"correct horse battery staple","policy":{"assignee":{"$me":true}}}"""),
        ]);

    public static RequestBodyMetadata UserChanges { get; } = new(
        "The members to change. `policy: null` removes the policy. An empty body, or one without members, changes nothing.",
        "UserChanges",
        IsRequired: false,
        [
            new("disable", "Disable the user", """{"disabled":true}"""),
            new("scope", "Let the user read only", """{"scope":"read","disabled":false}"""),
            new("password", "Set another password", """{"password":"another correct horse battery"}"""),
        ]);

    public static RequestBodyMetadata PasswordChange { get; } = new(
        "The present password and the new one.",
        "PasswordChange",
        IsRequired: true,
        [
            new("change", "Change the password",
                """{"currentPassword":"correct horse battery staple","newPassword":"another correct horse battery"}"""),
        ]);

    public static RequestBodyMetadata SignIn { get; } = new(
        $"The e-mail address and the password of a user. {Forms}",
        "SignIn",
        IsRequired: true,
        [new("signIn", "Sign in", """{"email":"amy@example.com","password":"correct horse battery staple"}""")]);

    /// <summary>A body with the fields, each with its example unless another value is given.</summary>
    private static string CreateExample(IEnumerable<Field> fields, params (Field Field, string Json)[] others)
    {
        var values = others.ToDictionary(other => other.Field, other => other.Json);
        return $"{{{string.Join(',', fields.Select(field => $"\"{field.Name}\":{values.GetValueOrDefault(field, field.Example)}"))}}}";
    }
}
