using BatchesApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>The OpenAPI document. It follows the catalogues of fields, list parameters and problems and the notes in the route table, so
/// that it says what the server does.</summary>
internal static class OpenApiSetup
{
    /// <summary>The name of the document, which is the version of the API.</summary>
    public const string Name = "v2";

    /// <summary>The title of the document.</summary>
    public const string Title = "Batches API";

    /// <summary>The version of OpenAPI that it is written in.</summary>
    public const OpenApiSpecVersion Version = OpenApiSpecVersion.OpenApi3_1;

    /// <summary>Adds the generator of the document.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) =>
        services.AddEndpointsApiExplorer().AddSwaggerGen(Configure);

    private static void Configure(SwaggerGenOptions options)
    {
        options.SwaggerDoc(Name, new OpenApiInfo { Title = Title, Version = Name, Description = Introduction.Text });
        options.AddServer(new OpenApiServer { Url = "/", Description = "This server" });
        options.AddSecurityDefinition(Bearer.Scheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "API key",
            Description = "The API key, `icr_…`, alone: `Bearer` is put before it for you.",
        });

        // Without the document the reference stays empty, and the padlock of Swagger UI does nothing.
        options.AddSecurityRequirement(document => new OpenApiSecurityRequirement
        {
            [new OpenApiSecuritySchemeReference(Bearer.Scheme, document)] = [],
        });

        // HEAD is GET without the body, and not documented separately.
        options.DocInclusionPredicate(static (_, operation) => operation.HttpMethod != HttpMethods.Head);
        options.OperationFilter<MetadataOperationFilter>();
        options.DocumentFilter<ComponentsDocumentFilter>();
    }
}
