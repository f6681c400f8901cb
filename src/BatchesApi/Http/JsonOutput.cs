using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>How the server writes JSON.</summary>
internal static class JsonOutput
{
    /// <summary>The media type of answers.</summary>
    public const string MediaType = "application/json";

    /// <summary>Most bytes of a buffer that is kept for the next answer.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _kept;

    /// <summary>The options of every writer.</summary>
    public static JsonWriterOptions WriterOptions => BatchJson.WriterOptions;

    /// <summary>The bytes of what is written.</summary>
    /// <param name="state">What it is written of.</param>
    /// <param name="write">Writes it.</param>
    public static ReadOnlyMemory<byte> Write<T>(T state, Action<Utf8JsonWriter, T> write)
    {
        var (buffer, json) = _kept ??= NewWriter();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        write(json, state);
        json.Flush();
        var bytes = buffer.WrittenSpan.ToArray();

        // One large answer must not hold its memory for ever.
        if (buffer.Capacity > MaxKeptBytes)
            _kept = null;
        return bytes;
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer, WriterOptions));
    }

    /// <summary>The same for trees of JSON.</summary>
    public static JsonSerializerOptions NodeOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
