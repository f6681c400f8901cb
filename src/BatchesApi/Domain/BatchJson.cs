using System.Text.Encodings.Web;
using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>The JSON of batches: the fields of the catalogue in their order, including nulls (specification, section 1).</summary>
internal static class BatchJson
{
    /// <summary>Does not escape letters of any script: responses are never embedded in HTML.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes a batch with the kept fields; <c>deletedAt</c> only if it is deleted.</summary>
    public static void Write(Utf8JsonWriter json, Batch batch, FieldSet keep)
    {
        json.WriteStartObject();
        foreach (var field in BatchFields.All)
        {
            if (!keep.Contains(field) || (field.Origin == FieldOrigin.Deletion && batch.DeletedAt is null))
                continue;
            json.WritePropertyName(field.EncodedName);
            field.WriteValue(json, batch);
        }
        json.WriteEndObject();
    }
}
