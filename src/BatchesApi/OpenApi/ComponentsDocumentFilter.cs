using BatchesApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Writes the parts of the document that operations share.</summary>
internal sealed class ComponentsDocumentFilter : IDocumentFilter
{
    private static readonly (string Name, string Description)[] Tags =
    [
        ("Batches", "Batches: list, create, retrieve, update, delete and restore them."),
        ("Access", "Credentials: sign in and out, and see what a credential may do."),
    ];

    /// <inheritdoc/>
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var components = swaggerDoc.Components ??= new OpenApiComponents();
        components.Schemas = Schemas.Create(swaggerDoc);
        components.Headers = ResponseHeaders.All;
        components.Examples = ProblemExamples.Create(context.ApiDescriptions
            .SelectMany(operation => operation.ActionDescriptor.EndpointMetadata)
            .OfType<ProblemMetadata>()
            .SelectMany(failures => failures.Codes));
        swaggerDoc.Tags = Tags.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
    }
}
