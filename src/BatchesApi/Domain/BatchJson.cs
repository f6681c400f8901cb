using System.Text.Encodings.Web;
using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>Batches as clients see them: the fields of the catalogue in their order, nulls written out (specification, section 1).</summary>
internal static class BatchJson
{
    /// <summary>Text stays readable: letters of every script are written as they are, since no response is ever embedded in HTML.</summary>
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
