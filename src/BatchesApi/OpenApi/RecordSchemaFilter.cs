using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchesApi.Domain;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BatchesApi.OpenApi;

/// <summary>Applies the attributes of records and their properties that Swashbuckle ignores.</summary>
internal sealed class RecordSchemaFilter : ISchemaFilter
{
    /// <inheritdoc/>
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema generated)
            return;

        // Later versions of the server may add members to responses.
        generated.AdditionalPropertiesAllowed = true;
        if (context.MemberInfo is not { } property)
        {
            generated.Description = context.Type.GetCustomAttribute<DescriptionAttribute>()?.Description;
            ReplaceComponents(generated, context);
        }
        else if (property.GetCustomAttribute<ExampleAttribute>() is { } example)
        {
            generated.Examples = [example.Value];
            generated.Minimum = example.Minimum.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static void ReplaceComponents(OpenApiSchema record, SchemaFilterContext context)
    {
        foreach (var property in context.Type.GetProperties())
        {
            if (property.GetCustomAttribute<ComponentAttribute>() is not { } component)
                continue;
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
                ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            record.Properties![name] = new OpenApiSchemaReference(component.Name)
            {
                Description = record.Properties[name].Description,
            };
        }
    }
}
