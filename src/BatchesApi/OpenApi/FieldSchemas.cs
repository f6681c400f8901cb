using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of the fields in the catalogue.</summary>
internal static class FieldSchemas
{
    /// <summary>The schema of the field in responses.</summary>
    public static OpenApiSchema ForResponse(Field field) =>
        Create(field, nullable: field.IsNullable && field.Origin == FieldOrigin.Optional);

    /// <summary>The schema of the field in request bodies. Null sets the default.</summary>
    public static OpenApiSchema ForRequest(Field field)
    {
        var schema = Create(field, nullable: field.Origin != FieldOrigin.Required);

        // In the description only: generators make properties with a `default` required.
        if (field.Origin == FieldOrigin.Optional && !field.IsNullable)
            schema.Description += $" The default is `{JsonSerializer.Serialize(field.Get(new Batch()))}`.";
        if (field is { Kind: FieldKind.Text, Origin: FieldOrigin.Required })
            schema.MinLength = 1;
        if (field == BatchFields.BatchCode)
            schema.Pattern = @"\S";
        return schema;
    }

    private static OpenApiSchema Create(Field field, bool nullable)
    {
        var schema = new OpenApiSchema
        {
            Description = field.Description,
            Type = field.Kind switch
            {
                FieldKind.Boolean => JsonSchemaType.Boolean,
                FieldKind.Integer => JsonSchemaType.Integer,
                FieldKind.TextList => JsonSchemaType.Array,
                _ => JsonSchemaType.String,
            },
            Examples = [JsonNode.Parse(field.Example)!],
        };
        if (nullable)
            schema.Type |= JsonSchemaType.Null;
        if (field.Range is var (min, max))
        {
            schema.Minimum = min.ToString(CultureInfo.InvariantCulture);
            schema.Maximum = max.ToString(CultureInfo.InvariantCulture);
        }

        switch (field.Kind)
        {
            case FieldKind.Text:
                schema.Pattern = field.Pattern;
                schema.MaxLength = field.MaxLength;
                break;
            case FieldKind.DateTime:
                schema.Format = "date-time";
                break;
            case FieldKind.Integer:
                schema.Format = "int32";
                break;
            case FieldKind.TextList:
                schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = field.MaxLength };
                schema.MaxItems = field.MaxItems;
                break;
        }
        return schema;
    }
}
