using BatchesApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Adds the components that operations share, and the tags.</summary>
internal sealed class ComponentsDocumentFilter : IDocumentFilter
{
    private static readonly (string Name, string Description)[] Tags =
    [
        ("Batches", "List, create, retrieve, update, delete and restore batches."),
        ("Bulk", "Create, update, delete and restore many batches, and undo it."),
        ("Leases", "Claim batches for exclusive work, extend leases and give them back."),
        ("Changes", "Follow the changes of batches."),
        ("Webhooks", "Call URLs when batches change."),
        ("Administration", "Manage API keys and users."),
        ("Access", "Sign in, sign out, and describe the credential of the request."),
    ];

    /// <inheritdoc/>
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var components = swaggerDoc.Components ??= new OpenApiComponents();
        Schemas.AddTo(swaggerDoc, context.SchemaGenerator, context.SchemaRepository);
        components.Headers = ResponseHeaders.All;
        components.Examples = ProblemExamples.Create(context.ApiDescriptions
            .SelectMany(operation => operation.ActionDescriptor.EndpointMetadata)
            .OfType<ProblemMetadata>()
            .SelectMany(problems => problems.Codes));
        swaggerDoc.Tags = Tags.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
    }
}
