using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Http;

/// <summary>The body of a request. ASP.NET Core's model binding is not used: it reports one error at a time, and accepts
/// neither the form lines that the reference labels as JSON nor a larger size for arrays.</summary>
internal sealed record RequestBody(ReadOnlyMemory<byte> Bytes, BodyFormat Format)
{
    /// <summary>Maximum number of characters of a header that a message quotes.</summary>
    private const int MaxQuotedLength = 100;

    /// <summary>The problem of a body that is not valid HTTP.</summary>
    public const string Unreadable =
        "The body ends early or its chunks are malformed. Send it in full, with Content-Length or in valid chunks (RFC 9112, section 7.1).";

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>The bytes without a byte order mark, even one after white space.</summary>
    public ReadOnlyMemory<byte> Text
    {
        get
        {
            var text = Bytes;
            while (text.Span.TrimStart(WhiteSpace) is var rest && rest.StartsWith(Encoding.UTF8.Preamble))
                text = text[^(rest.Length - Encoding.UTF8.Preamble.Length)..];
            return text;
        }
    }

    /// <summary>The text without white space before and after it.</summary>
    public ReadOnlyMemory<byte> Content => Text.Trim(WhiteSpace);

    /// <summary>Whether the body starts like a JSON array.</summary>
    public bool IsArray => StartsArray(new ReadOnlySequence<byte>(Bytes));

    /// <summary>Whether the body starts like a JSON object or array, or like one that was encoded twice. No field of a form has such a
    /// name, so this is JSON that is labeled as a form, as by <c>curl -d</c>.</summary>
    public bool LooksLikeJson => Content.Span is [(byte)'{' or (byte)'[', ..] or [(byte)'"', (byte)'{' or (byte)'[', ..];

    /// <summary>Reads a body of JSON.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Maximum size in bytes.</param>
    /// <param name="read">Reads the value.</param>
    public static async Task<Result<T>> ReadJsonAsync<T>(HttpRequest request, int maxBytes, Func<RequestBody, Result<T>> read)
    {
        var body = await ReadAsync(request, maxBytes, accepted: AcceptedFormats.Json);
        return body.Problem is { } problem ? problem : read(body.Value);
    }

    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Maximum size in bytes.</param>
    /// <param name="maxArrayBytes">Maximum size of a JSON array in bytes; null for <paramref name="maxBytes"/>.</param>
    /// <param name="accepted">What the operation takes. CSV may be as large as an array.</param>
    public static async Task<Result<RequestBody>> ReadAsync(
        HttpRequest request, int maxBytes, int? maxArrayBytes = null, AcceptedFormats accepted = AcceptedFormats.JsonOrForm)
    {
        // The media type of an absent body does not matter.
        var hasBody = request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (BodyFormats.FromContentType(hasBody ? request.ContentType : null, accepted) is not { } format)
            return Unsupported(BodyFormats.DescribeUnsupported(request.ContentType!, accepted));
        if (hasBody && request.Headers.ContentEncoding is { Count: > 0 } encoding && !IsIdentity(encoding))
        {
            return Unsupported(
                $"Content-Encoding '{Utf16.Shorten(encoding.ToString(), MaxQuotedLength)}' is not supported. Send the body uncompressed, "
                + "without Content-Encoding.");
        }
        if (format == BodyFormat.Csv)
            (maxBytes, maxArrayBytes) = (maxArrayBytes ?? maxBytes, null);
        var bytes = await ReadBytesAsync(request, maxBytes, maxArrayBytes);
        if (bytes.Problem is { } tooLarge)
            return tooLarge;
        var body = new RequestBody(bytes.Value, format);
        var isForm = body is { Format: BodyFormat.Form, LooksLikeJson: false, Content.IsEmpty: false };
        return isForm && accepted != AcceptedFormats.JsonOrForm
            ? Unsupported("This body is not a form. Send it as 'Content-Type: application/json'.")
            : body;
    }

    /// <summary>Reads the bytes of a body of any media type.</summary>
    /// <inheritdoc cref="ReadAsync(HttpRequest, int, int?, AcceptedFormats)" path="/param"/>
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
            throw new BadHttpRequestException(Unreadable, exception);
        }
    }

    /// <summary>Whether the header lists nothing but <c>identity</c> (RFC 9110, section 8.4), which means no encoding.</summary>
    private static bool IsIdentity(StringValues encoding) => encoding.ToString()
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .All(coding => coding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    private static bool StartsArray(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        do
            reader.AdvancePastAny(WhiteSpace);
        while (reader.IsNext(Encoding.UTF8.Preamble, advancePast: true));
        return reader.IsNext((byte)'[');
    }

    private static Problem Unsupported(string detail) => new(ProblemCode.UnsupportedMediaType, detail);

    private static Problem TooLarge(int maxBytes, int? maxArrayBytes) => new(ProblemCode.BodyTooLarge, string.Create(
        CultureInfo.InvariantCulture,
        $"The body is larger than {maxBytes:N0} bytes{(maxArrayBytes is null ? "" : $", or {maxArrayBytes:N0} bytes for an array")}."));
}
