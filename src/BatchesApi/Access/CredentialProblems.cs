using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>Why a key or a user cannot be created, found or changed.</summary>
internal static class CredentialProblems
{
    public static readonly Problem KeyNotFound = new(
        ProblemCode.KeyNotFound, "The account has no API key with this id. The access tokens of users are not API keys.");

    public static readonly Problem KeyRevoked = new(ProblemCode.KeyRevoked, "The API key is permanently revoked. Create another.");

    public static readonly Problem KeyExpired = new(
        ProblemCode.KeyExpired, "The API key has expired, and a new secret would have, too. Set a later expiresAt first.");

    public static readonly Problem TooManyKeys = new(ProblemCode.TooManyKeys, string.Create(
        CultureInfo.InvariantCulture, $"The account has {ApiKeyStore.MaxActive:N0} active API keys, the maximum. Revoke one first."));

    public static readonly Problem UserNotFound = new(ProblemCode.UserNotFound, "The account has no user with this id.");

    public static readonly Problem TooManyUsers = new(ProblemCode.TooManyUsers, string.Create(
        CultureInfo.InvariantCulture, $"The account has {UserStore.MaxEnabled:N0} enabled users, the maximum. Disable one first."));

    public static readonly Problem WrongPassword = CreateInvalid("currentPassword", "is not the password of the user.");

    public static Problem CreateEmailTaken(string email) => new(
        ProblemCode.EmailTaken,
        $"There is already a user '{email}'. Enable or change that user, or use another address.",
        CreateErrors("email", "is the address of another user. It need not be a user of this account."));

    /// <param name="member">The member of the request because of which the user would have both.</param>
    public static Problem CreateAdminWithPolicy(string member) =>
        CreateInvalid(member, "cannot be admin for a user with a policy. Change both in one request.");

    private static Problem CreateInvalid(string member, string error) => Problem.InvalidBody(CreateErrors(member, error));

    private static ValidationErrors CreateErrors(string member, string error)
    {
        var errors = new ValidationErrors();
        errors.Add(member, error);
        return errors;
    }
}
