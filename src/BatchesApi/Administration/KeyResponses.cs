using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Administration;

[Description("An API key.")]
internal record KeyResponse
{
    public KeyResponse()
    {
    }

    /// <summary>The key as a response without its secret.</summary>
    [SetsRequiredMembers]
    public KeyResponse(ApiKey key, DateTime now)
    {
        Id = key.Id;
        Name = key.Name;
        Scope = key.Scope.ToText();
        Policy = MongoFilterParser.ToJson(key.Policy);
        Prefix = key.Prefix;
        CreatedAt = Rfc3339.Format(key.CreatedAt);
        ExpiresAt = Rfc3339.Format(key.ExpiresAt);
        LastUsedAt = Rfc3339.Format(key.LastUsedAt);
        RevokedAt = Rfc3339.Format(key.RevokedAt);
        var previousUntil = key.ExpiresAt < key.PreviousHashUntil ? key.ExpiresAt : key.PreviousHashUntil;
        PreviousSecretExpiresAt = key.RevokedAt is null && previousUntil > now ? Rfc3339.Format(previousUntil) : null;
    }

    [Description("The id of the key.")]
    public required string Id { get; init; }

    [Description("The name of the key: `$me` in its policy, and its name in histories.")]
    public required string Name { get; init; }

    [Description("`read`, `write`, which includes reading, or `admin`, which includes writing."), Component("Scope")]
    public required string Scope { get; init; }

    [Description("The conditions, in the syntax of the parameter `p`, on every batch that the key reads or changes, or null.")]
    [Component("Policy")]
    public required JsonObject? Policy { get; init; }

    [Description("The first characters of the secret, to recognize it.")]
    public required string Prefix { get; init; }

    [Description("The time of creation."), DataType(DataType.DateTime)]
    public required string CreatedAt { get; init; }

    [Description("The time at which the key expires; null for never."), DataType(DataType.DateTime)]
    public required string? ExpiresAt { get; init; }

    [Description("The time of the last use, accurate to a minute; null if it was not used."), DataType(DataType.DateTime)]
    public required string? LastUsedAt { get; init; }

    [Description("The time of the revocation; null if the key is not revoked."), DataType(DataType.DateTime)]
    public required string? RevokedAt { get; init; }

    [Description("The time until which the secret before the last rotation is valid; null if it is not.")]
    [DataType(DataType.DateTime)]
    public required string? PreviousSecretExpiresAt { get; init; }
}

[Description("An API key with its secret, which is not shown again.")]
internal sealed record KeyWithSecretResponse : KeyResponse
{
    public KeyWithSecretResponse()
    {
    }

    /// <summary>The key as a response that shows the secret.</summary>
    [SetsRequiredMembers]
    public KeyWithSecretResponse(ApiKey key, string secret, DateTime now)
        : base(key, now) => Secret = secret;

    [Description("The secret: send it as `Authorization: Bearer <secret>`. Store it: it is not shown again."), JsonPropertyOrder(1)]
    public required string Secret { get; init; }
}

[Description("A page of the API keys of the account.")]
internal sealed record KeyPageResponse
{
    [Description("The keys, the newest first, with those that are expired or revoked.")]
    public required IEnumerable<KeyResponse> Data { get; init; }

    [Description("The maximum number of keys on a page."), Example(100, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

/// <summary>Writes responses about keys, which caches do not store.</summary>
internal static class KeyResponses
{
    public static IResult Ok(ApiKey key, DateTime now) => new NoStoreJsonResult<KeyResponse>(
        new KeyResponse(key, now), AdministrationJsonContext.Default.KeyResponse);

    public static IResult Ok(ApiKey key, string secret, DateTime now) => Create(key, secret, now);

    public static IResult Created(ApiKey key, string secret, DateTime now) => Create(key, secret, now) with
    {
        Status = StatusCodes.Status201Created,
        Location = $"{AdministrationRoutes.Keys}/{key.Id}",
    };

    public static IResult Ok(IEnumerable<ApiKey> keys, int limit, string? next, DateTime now) => new NoStoreJsonResult<KeyPageResponse>(
        new KeyPageResponse { Data = keys.Select(key => new KeyResponse(key, now)), Limit = limit, NextCursor = next },
        AdministrationJsonContext.Default.KeyPageResponse);

    private static NoStoreJsonResult<KeyWithSecretResponse> Create(ApiKey key, string secret, DateTime now) =>
        new(new KeyWithSecretResponse(key, secret, now), AdministrationJsonContext.Default.KeyWithSecretResponse);
}
