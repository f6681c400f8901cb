using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
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
            return;
        }
        if (property.GetCustomAttribute<ExampleAttribute>() is { } example)
        {
            generated.Examples = [example.Value];
            generated.Minimum = example.Minimum.ToString(CultureInfo.InvariantCulture);
        }
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
            generated.Enum = [.. allowed.Values.Select(value => JsonValue.Create((string)value!))];
    }
}
