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

    /// <summary>The length of the JSON of a batch without texts.</summary>
    private const int FixedLength = 400;

    /// <summary>Writes a batch with the kept fields; <c>deletedAt</c> only if it is deleted.</summary>
    public static void Write(Utf8JsonWriter json, Batch batch, FieldSet keep)
    {
        json.WriteStartObject();
        WriteFields(json, batch, keep);
        json.WriteEndObject();
    }

    /// <summary>Writes the kept fields of a batch into an object that has further members.</summary>
    public static void WriteFields(Utf8JsonWriter json, Batch batch, FieldSet keep)
    {
        foreach (var field in BatchFields.All)
        {
            if (!keep.Contains(field) || (field.Origin == FieldOrigin.Deletion && batch.DeletedAt is null))
                continue;
            json.WritePropertyName(field.EncodedName);
            field.WriteValue(json, batch);
        }
    }

    /// <summary>The length of the JSON of a batch in bytes, or a little more.</summary>
    public static long GetLength(Batch batch) => FixedLength + BatchFields.Writable.Sum(field => field.Get(batch) switch
    {
        string text => GetLength(text),
        string[] items => items.Sum(item => GetLength(item) + 3),
        _ => 0,
    });

    private static long GetLength(string text)
    {
        var length = 0L;
        foreach (var character in text)
        {
            // Control characters and characters beyond the basic plane are escaped.
            length += char.IsControl(character) || char.IsSurrogate(character) ? 6
                : character is '"' or '\\' ? 2
                : char.IsAscii(character) ? 1 : 3;
        }
        return length;
    }
}
