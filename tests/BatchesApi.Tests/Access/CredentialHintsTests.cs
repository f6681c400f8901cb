using BatchesApi.Access;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Access;

public sealed class CredentialHintsTests
{
    private const string Send = "Send 'Authorization: Bearer <key>'.";

    private static readonly string Key = Secret.Create(Secret.KeyPrefix);

    [Theory]
    [InlineData("", "", "This address needs an API key or access token: send 'Authorization: Bearer <key>'.")]
    [InlineData("Authorization: ", "", "This address needs an API key or access token: send 'Authorization: Bearer <key>'.")]
    [InlineData("Authorization: {key}", "", $"The scheme is missing before the key. {Send}")]
    [InlineData("Authorization: \"{key}\"", "", $"The scheme is missing before the key. {Send}")]
    [InlineData("Authorization: Bearer", "", $"The key is missing after 'Bearer'. {Send}")]
    [InlineData("Authorization: Bearer:{key}", "", $"After 'Bearer' there must be one space and the key. {Send}")]
    [InlineData("Authorization: Bearer: {key}", "", $"After 'Bearer' there must be one space and the key. {Send}")]
    [InlineData("Authorization: Token {key}", "", $"The scheme 'Token' is not supported. {Send}")]
    [InlineData("Authorization: basic dXNlcjpwYXNz", "", $"The scheme 'Basic' is not supported. {Send}")]
    [InlineData("Authorization: Icr {key}", "", $"The scheme of the Authorization header must be 'Bearer'. {Send}")]
    [InlineData("x-api-key: {key}", "", $"Keys are not accepted in the header 'X-Api-Key'. {Send}")]
    [InlineData("X-Auth-Token: {key}", "", $"Keys are not accepted in the header 'X-Auth-Token'. {Send}")]
    [InlineData("", "?api_key={key}", $"Keys are not accepted in the query ('api_key'), because URLs are logged. {Send}")]
    [InlineData("", "?limit=1&access_token={key}", $"Keys are not accepted in the query ('access_token'), because URLs are logged. {Send}")]
    public void A_request_without_a_bearer_token_gets_the_way_to_send_one(string header, string query, string expected)
    {
        var request = new DefaultHttpContext().Request;
        if (header.Length > 0)
        {
            var parts = header.Split(": ", 2);
            request.Headers[parts[0]] = Fill(parts[1]);
        }
        request.QueryString = new QueryString(Fill(query));
        Assert.Equal(expected, CredentialHints.ForMissing(request));
    }

    [Fact]
    public void Several_headers_get_the_advice_to_send_one()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Authorization = new([$"Bearer {Key}", $"Bearer {Key}"]);
        Assert.Equal($"The request has several Authorization headers. {Send}", CredentialHints.ForMissing(request));
    }

    [Theory]
    [InlineData("{key}", "The API key or access token is unknown, expired or revoked.")]
    [InlineData("{key}x", Mistyped)]
    [InlineData("{cut}", Mistyped)]
    [InlineData("{key},", Mistyped)]
    [InlineData("icr_", Mistyped)]
    [InlineData("icrt_x", Mistyped)]
    [InlineData("{key} {key}", "The API key or access token contains white space. Copy it again, in one piece.")]
    [InlineData("Bearer {key}", TwiceBearer)]
    [InlineData("bearer {key}", TwiceBearer)]
    [InlineData("\"{key}\"", $"The key must not be in quotes or brackets. {Send}")]
    [InlineData("'{key}", $"The key must not be in quotes or brackets. {Send}")]
    [InlineData("<{key}>", $"The key must not be in quotes or brackets. {Send}")]
    [InlineData("\u201C{key}\u201D", $"The key must not be in quotes or brackets. {Send}")]
    [InlineData("<key>", $"The key must not be in quotes or brackets. {Send}")]
    [InlineData("", $"The key is missing after 'Bearer'. {Send}")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.x", Foreign)]
    [InlineData("x{key}", Foreign)]
    [InlineData("$API_KEY", Foreign)]
    public void An_invalid_token_gets_its_error_but_is_not_repeated(string token, string expected)
    {
        var sent = Fill(token);
        Assert.Equal(expected, CredentialHints.ForInvalid(sent));
    }

    private const string Mistyped = "The API key or access token is mistyped or incomplete: its checksum is wrong. Copy it again.";
    private const string TwiceBearer =
        $"'Bearer' is repeated before the key; in Swagger UI, enter the key alone. {Send}";
    private const string Foreign =
        "This is not a key or token of this server: API keys begin with 'icr_', access tokens with 'icrt_'.";

    private static string Fill(string text) =>
        text.Replace("{key}", Key, StringComparison.Ordinal).Replace("{cut}", Key[..^1], StringComparison.Ordinal);
}
