using System.Text.Json;
using BatchesApi.Model;

namespace BatchesApi.Responses;

/// <summary>Batches as clients see them: the fields of the catalogue in their order, nulls written out (contract, section 1).</summary>
internal static class BatchJson
{
    /// <summary>Writes a batch with the kept fields; <c>deletedAt</c> only where it is deleted.</summary>
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
