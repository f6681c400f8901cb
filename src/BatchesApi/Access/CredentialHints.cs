namespace BatchesApi.Access;

/// <summary>What to send instead of a missing or invalid credential. The texts never contain what the client sent, because it may be a
/// secret.</summary>
internal static class CredentialHints
{
    private const string Send = $"Send 'Authorization: {BearerAuthentication.Scheme} <key>'.";

    /// <summary>Headers in which other APIs take a key.</summary>
    private static readonly string[] KeyHeaders =
        ["X-Api-Key", "Api-Key", "ApiKey", "X-Auth-Token", "X-Access-Token", "X-Authorization", "Access-Token", "Proxy-Authorization"];

    /// <summary>Query parameters in which other APIs take a key.</summary>
    private static readonly string[] KeyParameters =
        ["api_key", "apikey", "api-key", "key", "access_token", "accessToken", "token", "auth_token", "authorization"];

    private static readonly string[] Schemes = ["Basic", "Digest", "Token", "ApiKey", "Api-Key", "Key", "OAuth", "JWT", "Negotiate"];

    /// <summary>Characters that examples put around a key.</summary>
    private const string Quotes = "\"'`<>[](){}“”‘’«»";

    /// <summary>Describes how to send a credential to a client that sent none as a bearer token.</summary>
    public static string ForMissing(HttpRequest request)
    {
        var values = request.Headers.Authorization;
        if (values.Count > 1)
            return $"The request has several Authorization headers. {Send}";
        if (string.IsNullOrWhiteSpace(values))
            return ForOtherPlace(request);

        var header = values.ToString().Trim();
        if (IsPrefixed(header.Trim([.. Quotes])))
            return $"The scheme is missing before the key. {Send}";
        if (header.StartsWith(BearerAuthentication.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return header.Length == BearerAuthentication.Scheme.Length
                ? $"The key is missing after '{BearerAuthentication.Scheme}'. {Send}"
                : $"After '{BearerAuthentication.Scheme}' there must be one space and the key. {Send}";
        }
        var scheme = Schemes.FirstOrDefault(scheme => header.StartsWith($"{scheme} ", StringComparison.OrdinalIgnoreCase));
        return scheme is null
            ? $"The scheme of the Authorization header must be '{BearerAuthentication.Scheme}'. {Send}"
            : $"The scheme '{scheme}' is not supported. {Send}";
    }

    /// <summary>Describes what is wrong with a token. An unknown, an expired and a revoked one get the same text.</summary>
    public static string ForInvalid(string token)
    {
        if (Secret.IsWellFormed(token))
            return "The API key or access token is unknown, expired or revoked.";
        if (token.StartsWith($"{BearerAuthentication.Scheme} ", StringComparison.OrdinalIgnoreCase))
            return $"'{BearerAuthentication.Scheme}' is repeated before the key; in Swagger UI, enter the key alone. {Send}";
        if (token.Length == 0)
            return $"The key is missing after '{BearerAuthentication.Scheme}'. {Send}";
        if (token.Trim([.. Quotes]).Length < token.Length)
            return $"The key must not be in quotes or brackets. {Send}";
        if (!IsPrefixed(token))
        {
            return $"This is not a key or token of this server: API keys begin with '{Secret.KeyPrefix}', access tokens with "
                + $"'{Secret.TokenPrefix}'.";
        }
        return token.Any(char.IsWhiteSpace)
            ? "The API key or access token contains white space. Copy it again, in one piece."
            : "The API key or access token is mistyped or incomplete: its checksum is wrong. Copy it again.";
    }

    private static string ForOtherPlace(HttpRequest request)
    {
        if (KeyHeaders.FirstOrDefault(request.Headers.ContainsKey) is { } header)
            return $"Keys are not accepted in the header '{header}'. {Send}";
        if (KeyParameters.FirstOrDefault(request.Query.ContainsKey) is { } parameter)
            return $"Keys are not accepted in the query ('{parameter}'), because URLs are logged. {Send}";
        return "This address needs an API key or access token: send 'Authorization: Bearer <key>'.";
    }

    private static bool IsPrefixed(string text) =>
        text.StartsWith(Secret.KeyPrefix, StringComparison.Ordinal) || text.StartsWith(Secret.TokenPrefix, StringComparison.Ordinal);
}
