using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BatchesApi.Responses;

/// <summary>How the server writes JSON.</summary>
internal static class JsonText
{
    /// <summary>The media type of answers.</summary>
    public const string MediaType = "application/json";

    /// <summary>Text stays readable: letters of every script are written as they are, since no answer is ever embedded in HTML.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The bytes of what is written.</summary>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            write(json);
        return buffer.WrittenMemory;
    }

    /// <summary>The same for trees of JSON.</summary>
    public static JsonSerializerOptions NodeOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
