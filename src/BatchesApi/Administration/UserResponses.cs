using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Administration;

[Description("A user, who signs in with an e-mail address and a password.")]
internal sealed record UserResponse
{
    [Description("The id of the user.")]
    public required string Id { get; init; }

    [Description("The e-mail address, in lower case: `$me` in the policy, and the name of the user in histories.")]
    public required string Email { get; init; }

    [Description("`read`, `write`, which includes reading, or `admin`, which includes writing."), Component("Scope")]
    public required string Scope { get; init; }

    [Description("The conditions, in the syntax of the parameter `p`, on every batch that the user reads or changes, or null.")]
    [Component("Policy")]
    public required JsonObject? Policy { get; init; }

    [Description("Whether the user is disabled: it cannot sign in, and has no valid access tokens.")]
    public required bool Disabled { get; init; }

    [Description("The time at which the user was disabled, or null."), DataType(DataType.DateTime)]
    public required string? DisabledAt { get; init; }

    [Description("The time of creation."), DataType(DataType.DateTime)]
    public required string CreatedAt { get; init; }

    public static UserResponse Create(User user) => new()
    {
        Id = user.Id,
        Email = user.Email,
        Scope = user.Scope.ToText(),
        Policy = MongoFilterParser.ToJson(user.Policy),
        Disabled = user.DisabledAt is not null,
        DisabledAt = Rfc3339.Format(user.DisabledAt),
        CreatedAt = Rfc3339.Format(user.CreatedAt),
    };
}

[Description("A page of the users of the account.")]
internal sealed record UserPageResponse
{
    [Description("The users, the newest first, with those that are disabled.")]
    public required IEnumerable<UserResponse> Data { get; init; }

    [Description("The maximum number of users on a page."), Example(100, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

/// <summary>Writes responses about users, which caches do not store.</summary>
internal static class UserResponses
{
    public static IResult Ok(User user) => Create(user);

    public static IResult Created(User user) => Create(user) with
    {
        Status = StatusCodes.Status201Created,
        Location = $"{AdministrationRoutes.Users}/{user.Id}",
    };

    public static IResult Ok(IEnumerable<User> users, int limit, string? next) => new NoStoreJsonResult<UserPageResponse>(
        new UserPageResponse { Data = users.Select(UserResponse.Create), Limit = limit, NextCursor = next },
        AdministrationJsonContext.Default.UserPageResponse);

    private static NoStoreJsonResult<UserResponse> Create(User user) =>
        new(UserResponse.Create(user), AdministrationJsonContext.Default.UserResponse);
}
