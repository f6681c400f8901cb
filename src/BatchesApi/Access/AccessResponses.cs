using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BatchesApi.Domain;

namespace BatchesApi.Access;

[Description("An access token.")]
internal sealed record AccessTokenResponse
{
    [Description("The token. Send it as `Authorization: Bearer <token>`.")]
    public required string AccessToken { get; init; }

    [Description("The scheme of the header `Authorization`."), Component("TokenType")]
    public required string TokenType { get; init; }

    [Description("The number of seconds for which the token is valid."), Example(86_400, minimum: 1)]
    public required int ExpiresIn { get; init; }
}

[Description("An API key or access token.")]
internal sealed record CredentialResponse
{
    [Description("The id of the API key or access token, which is also the `id` in `by` in the history of a batch.")]
    public required string Id { get; init; }

    [Description("The account that the credential belongs to.")]
    public required string Account { get; init; }

    [Description("`key` for an API key, `user` for the access token of a user."), Component("CredentialKind")]
    public required string Kind { get; init; }

    [Description("The name of the API key, or the e-mail address of the user.")]
    public required string Name { get; init; }

    [Description("`read`, `write`, which includes reading, or `admin`, which includes writing."), Component("Scope")]
    public required string Scope { get; init; }

    [Description("The conditions, in the syntax of the parameter `p`, on every batch that the credential reads or changes, or null.")]
    [Component("Policy")]
    public required JsonObject? Policy { get; init; }

    [Description("The time at which the credential expires; null for never."), DataType(DataType.DateTime)]
    public required string? ExpiresAt { get; init; }

    [Description("The rate limits of the credential; an empty array if the server has no limits.")]
    public required IEnumerable<CredentialLimit> Limits { get; init; }
}

[Description("A rate limit, and what is left of it.")]
internal sealed record CredentialLimit
{
    [Description("The name of the limit in the headers `RateLimit` and `RateLimit-Policy`.")]
    public required string Name { get; init; }

    [Description("The maximum number of requests within the window."), Example(480, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The length of the sliding window in seconds."), Example(60, minimum: 1)]
    public required int WindowSeconds { get; init; }

    [Description("The number of requests that can be made now."), Example(479)]
    public required int Remaining { get; init; }

    [Description("Seconds until the oldest counted request leaves the window; 0 if none."), Example(60)]
    public required int ResetSeconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AccessTokenResponse))]
[JsonSerializable(typeof(CredentialResponse))]
internal sealed partial class AccessJsonContext : JsonSerializerContext;
