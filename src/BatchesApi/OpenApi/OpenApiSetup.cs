using System.Text.Json.Nodes;
using BatchesApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Generates the OpenAPI document from the catalogues of fields, parameters and problem codes, the metadata in the route
/// table and the response records.</summary>
internal static class OpenApiSetup
{
    /// <summary>The name of the document, which is the version of the API.</summary>
    public const string Name = "v2";

    public const string Title = "Batches API";

    public static IServiceCollection AddOpenApi(this IServiceCollection services) =>
        services.AddEndpointsApiExplorer().AddSwaggerGen(Configure).AddSingleton<OpenApiDocuments>();

    private static void Configure(SwaggerGenOptions options)
    {
        options.SwaggerDoc(Name, new OpenApiInfo { Title = Title, Version = Name, Description = Introduction.Text });
        options.AddServer(new OpenApiServer { Url = OpenApiDocuments.ServerPlaceholder, Description = "This server" });
        options.AddSecurityDefinition(BearerAuthentication.Scheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "API key",
            Description = "An API key (`icr_…`) or an access token (`icrt_…`), without `Bearer`.",
        });

        // Without the document the reference does not resolve, and the padlock of Swagger UI has no effect.
        options.AddSecurityRequirement(document => new OpenApiSecurityRequirement
        {
            [new OpenApiSecuritySchemeReference(BearerAuthentication.Scheme, document)] = [],
        });
        options.SupportNonNullableReferenceTypes();
        options.CustomSchemaIds(type => type.Name
            .Replace("Response", "", StringComparison.Ordinal)
            .Replace("Request", "", StringComparison.Ordinal));
        options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
        options.MapType<JsonNode>(() => new OpenApiSchema());
        options.SchemaFilter<RecordSchemaFilter>();

        // HEAD is GET without the body, and not documented separately.
        options.DocInclusionPredicate(static (_, operation) => operation.HttpMethod != HttpMethods.Head);
        options.OperationFilter<MetadataOperationFilter>();
        options.DocumentFilter<ComponentsDocumentFilter>();
    }
}
