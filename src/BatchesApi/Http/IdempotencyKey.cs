using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchesApi.Domain;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Http;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header), with which a retried request runs only
/// once.</summary>
/// <param name="Value">The key.</param>
/// <param name="RequestHash">The SHA-256 of the method, path, query and body of the request. Paths of the same route are
/// equal, whatever their case and with or without a slash at the end.</param>
internal sealed record IdempotencyKey(string Value, byte[] RequestHash)
{
    public const string Header = "Idempotency-Key";

    /// <summary>Reads the header; null if there is no header.</summary>
    public static Result<IdempotencyKey?> Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!request.Headers.TryGetValue(Header, out var lines))
            return default;
        if (FindError(request.Headers) is { } error)
            return Problem.InvalidHeader(Header, error);
        var path = request.Path.Value!.TrimEnd('/').ToLowerInvariant();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {path}{request.QueryString}\n"));
        hash.AppendData(body);
        return new IdempotencyKey(lines.ToString(), hash.GetHashAndReset());
    }

    /// <summary>The error of the header; null if it is valid or absent.</summary>
    public static string? FindError(IHeaderDictionary headers) =>
        !headers.TryGetValue(Header, out var lines)
        || (lines is [{ Length: > 0 and <= IdempotencyRecord.MaxKeyLength } value] && value.All(IsAllowed))
            ? null
            : Describe(lines);

    private static bool IsAllowed(char c) => c is >= ' ' and <= '~';

    private static string Describe(StringValues lines)
    {
        var value = lines.Count == 1 ? lines[0]! : "";
        var error = lines switch
        {
            { Count: > 1 } => "is given more than once",
            _ when value.Length == 0 => "is empty",
            _ when !value.All(IsAllowed) =>
                string.Create(CultureInfo.InvariantCulture, $"contains U+{(int)value.First(c => !IsAllowed(c)):X4}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"has {value.Length:N0} characters"),
        };
        return $"{error}. Send one key of 1 to {IdempotencyRecord.MaxKeyLength} printable ASCII characters, such as a UUID.";
    }
}
