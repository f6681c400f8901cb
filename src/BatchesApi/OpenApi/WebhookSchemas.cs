using BatchesApi.Domain;
using BatchesApi.Webhooks;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of the bodies of webhooks, which are read by hand, and of the values in their responses.</summary>
internal static class WebhookSchemas
{
    private const string Event = "WebhookEvent";
    private const string Where = "WebhookWhere";

    /// <summary>Adds the schemas.</summary>
    /// <param name="schemas">The components, which have the schemas of the responses.</param>
    /// <param name="document">The document with the components.</param>
    public static void AddTo(IDictionary<string, IOpenApiSchema> schemas, OpenApiDocument document)
    {
        IOpenApiSchema Reference(string name) => new OpenApiSchemaReference(name, document);

        schemas[Event] = Schemas.CreateEnum("The type of an event.", WebhookEvents.All);
        schemas["WebhookDeliveryType"] = Schemas.CreateEnum(
            "The type of a sent event, which can be a test.", WebhookEvents.All.Append(WebhookEvents.Test));
        schemas["WebhookDeliveryStatus"] = Schemas.CreateEnum("The status of a delivery.", WebhookParameters.Statuses);
        schemas[Where] = Schemas.CreateFilter(JsonSchemaType.Object | JsonSchemaType.Null);
        foreach (var name in (string[])["Webhook", "WebhookWithSecret"])
            ((OpenApiSchema)schemas[name].Properties!["events"]).Items = Reference(Event);

        schemas["NewWebhook"] = CreateBody("The webhook to create.", ["url"]);
        schemas["WebhookChanges"] = CreateBody("Some members of a webhook.", []);

        OpenApiSchema CreateBody(string description, string[] required) => new()
        {
            Type = JsonSchemaType.Object,
            Description = description,
            Required = required.ToHashSet(),
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                [WebhookRequestReader.Url] = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Format = "uri",
                    MaxLength = WebhookRequest.MaxUrlLength,
                    Description = "The URL that the server calls: absolute, with http or https, without user name, password and "
                        + "fragment. It must lead to public addresses, unless the operator allows others.",
                    Examples = ["https://example.com/hooks/batches"],
                },
                [WebhookRequestReader.Events] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    MinItems = 1,
                    UniqueItems = true,
                    Items = Reference(Event),
                    Description = "The events to send. A new webhook gets all by default.",
                },
                [WebhookRequestReader.Where] = Reference(Where),
                [WebhookRequestReader.Active] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Boolean,
                    Description = "Whether to send events. A new webhook is active by default.",
                },
            },
        };
    }
}
