using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace BatchesApi.Http;

/// <summary>The body of a request. ASP.NET Core's model binding is not used: it reports one error at a time, and accepts
/// neither the form lines that the reference labels as JSON nor a larger size for arrays.</summary>
internal sealed record RequestBody(ReadOnlyMemory<byte> Bytes, BodyFormat Format)
{
    /// <summary>The bytes without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Text => Bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? Bytes[Encoding.UTF8.Preamble.Length..] : Bytes;

    /// <summary>Whether the body starts like a JSON array.</summary>
    public bool IsArray => StartsArray(new ReadOnlySequence<byte>(Bytes));

    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Maximum size in bytes.</param>
    /// <param name="maxArrayBytes">Maximum size of a JSON array in bytes; null for <paramref name="maxBytes"/>.</param>
    public static async Task<Result<RequestBody>> ReadAsync(HttpRequest request, int maxBytes, int? maxArrayBytes = null)
    {
        // The media type of an absent body does not matter.
        var hasBody = request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (BodyFormats.FromContentType(hasBody ? request.ContentType : null) is not { } format)
            return Unsupported($"Content-Type '{request.ContentType}' is not supported. Send {BodyFormats.Supported}.");
        if (hasBody && request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.Equals("identity"))
            return Unsupported($"Content-Encoding '{encoding}' is not supported. Send the body without it.");
        var bytes = await ReadBytesAsync(request, maxBytes, maxArrayBytes);
        return bytes.Problem is { } tooLarge ? tooLarge : new RequestBody(bytes.Value, format);
    }

    /// <summary>Reads the bytes of a body of any media type.</summary>
    /// <inheritdoc cref="ReadAsync(HttpRequest, int, int?)" path="/param"/>
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadBytesAsync(HttpRequest request, int maxBytes, int? maxArrayBytes = null)
    {
        if (request.ContentLength > Math.Max(maxBytes, maxArrayBytes ?? 0))
            return TooLarge(maxBytes, maxArrayBytes);
        while (true)
        {
            var read = await ReadAsync(request);
            if (read.Buffer.Length > (maxArrayBytes is { } max && StartsArray(read.Buffer) ? max : maxBytes))
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return TooLarge(maxBytes, maxArrayBytes);
            }
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return new ReadOnlyMemory<byte>(bytes);
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(HttpRequest request)
    {
        try
        {
            return await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // Kestrel reports some client errors, such as an overflowing chunk size, as plain IOExceptions.
            throw new BadHttpRequestException("The body ends early or its chunks are malformed.", exception);
        }
    }

    private static bool StartsArray(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        reader.IsNext(Encoding.UTF8.Preamble, advancePast: true);
        reader.AdvancePastAny(" \t\r\n"u8);
        return reader.IsNext((byte)'[');
    }

    private static Problem Unsupported(string detail) => new(ProblemCode.UnsupportedMediaType, detail);

    private static Problem TooLarge(int maxBytes, int? maxArrayBytes) => new(ProblemCode.BodyTooLarge, string.Create(
        CultureInfo.InvariantCulture,
        $"The body is larger than {maxBytes:N0} bytes{(maxArrayBytes is null ? "" : $", or {maxArrayBytes:N0} bytes for an array")}."));
}
