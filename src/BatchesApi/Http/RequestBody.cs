using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace BatchesApi.Http;

/// <summary>What can be wrong with a body before it is understood.</summary>
internal enum BodyError
{
    /// <summary>Its media type, or its encoding, is not read here.</summary>
    UnsupportedMediaType,

    /// <summary>It has too many bytes.</summary>
    TooLarge,
}

/// <summary>The body of a request.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Format">What its media type says it is.</param>
internal sealed record RequestBody(ReadOnlyMemory<byte> Bytes, BodyFormat Format)
{
    /// <summary>Whether it begins as a JSON array does.</summary>
    public bool IsArray => BodyBuffer.IsArray(new ReadOnlySequence<byte>(Bytes));

    /// <summary>Reads the body of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="max">Most bytes.</param>
    /// <param name="maxInArray">Most bytes where it is a JSON array.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The body, or what is wrong with it and, in a sentence, why.</returns>
    public static async Task<(RequestBody? Body, BodyError Fault, string Detail)> ReadAsync(
        HttpRequest request, int max, int maxInArray, CancellationToken cancellation)
    {
        // Where there is no body, what it would be does not matter.
        var hasBody = request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (BodyFormats.FromContentType(hasBody ? request.ContentType : null) is not { } format)
            return (null, BodyError.UnsupportedMediaType, $"'{request.ContentType}' is not read here; send {BodyFormats.Supported}.");
        if (hasBody && request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.Equals("identity"))
            return (null, BodyError.UnsupportedMediaType, $"Bodies with 'Content-Encoding: {encoding}' are not read here; send them as they are.");
        return await BodyBuffer.ReadAsync(request, max, maxInArray, cancellation) is { } bytes
            ? (new RequestBody(bytes, format), default, "")
            : (null, BodyError.TooLarge, string.Create(
                CultureInfo.InvariantCulture, $"The body is larger than {max:N0} bytes{(maxInArray > max ? $", or, of an array, {maxInArray:N0}" : "")}."));
    }
}
