using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Writes JSON responses.</summary>
internal static class JsonOutput
{
    public const string MediaType = "application/json";

    /// <summary>Maximum size in bytes of a buffer that a thread keeps for the next response.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _kept;

    public static JsonWriterOptions WriterOptions => BatchJson.WriterOptions;

    public static ReadOnlyMemory<byte> Write<T>(T state, Action<Utf8JsonWriter, T> write)
    {
        var (buffer, json) = _kept ??= NewWriter();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        write(json, state);
        json.Flush();
        var bytes = buffer.WrittenSpan.ToArray();

        // A large response must not keep its memory forever.
        if (buffer.Capacity > MaxKeptBytes)
            _kept = null;
        return bytes;
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer, WriterOptions));
    }

    /// <summary>The counterpart of <see cref="WriterOptions"/> for <see cref="System.Text.Json.Nodes.JsonNode"/>.</summary>
    public static JsonSerializerOptions NodeOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
