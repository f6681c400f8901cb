using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using static BatchesApi.Administration.CredentialMembers;

namespace BatchesApi.Administration;

/// <summary>The body of the change of a user's own password.</summary>
/// <param name="Current">The password that the user has.</param>
/// <param name="New">The new password.</param>
internal sealed record PasswordChange(string Current, string New);

/// <summary>Reads the bodies of the operations on users.</summary>
internal static class UserRequestReader
{
    public static Result<NewUser> ReadCreate(RequestBody body)
    {
        return ObjectBodyReader.Read(
            body,
            [Email, Password, CredentialMembers.Scope, Policy],
            """{"email":"amy@example.com","password":"…"}""",
            Create);

        static NewUser? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var email = members.TryGetValue(Email, out var address) ? ReadEmail(address, errors) : null;
            if (email is null && !errors.Has(Email))
                errors.Add(Email, "is required: the address with which the user signs in.");
            var password = ReadRequiredPassword(members, Password, errors);
            var (scope, policy) = ReadScopeAndPolicy(members, Domain.Scope.Write, errors);
            return errors.HasErrors ? null : new NewUser(email!, password!, scope!.Value, policy);
        }
    }

    public static Result<UserPatch> ReadChange(RequestBody body)
    {
        return ObjectBodyReader.Read(
            body, [CredentialMembers.Scope, Policy, Password, Disabled], """{"disabled":true}""", Create, keepNulls: true);

        static UserPatch? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var (scope, policy) = ReadScopeAndPolicy(members, defaultScope: null, errors);
            var password = members.TryGetValue(Password, out var text) ? ReadPassword(Password, text, errors) : null;
            var isDisabled = members.TryGetValue(Disabled, out var state) ? ReadDisabled(state, errors) : null;
            return errors.HasErrors ? null : new UserPatch(scope, members.ContainsKey(Policy), policy, password, isDisabled);
        }
    }

    public static Result<PasswordChange> ReadPasswordChange(RequestBody body)
    {
        return ObjectBodyReader.Read(
            body, [CurrentPassword, NewPassword], """{"currentPassword":"…","newPassword":"…"}""", Create);

        static PasswordChange? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var current = members.TryGetValue(CurrentPassword, out var text) ? ReadText(CurrentPassword, text, errors) : null;
            if (current is null && !errors.Has(CurrentPassword))
                errors.Add(CurrentPassword, "is required.");
            var password = ReadRequiredPassword(members, NewPassword, errors);
            return errors.HasErrors ? null : new PasswordChange(current!, password!);
        }
    }

    private static string? ReadRequiredPassword(Dictionary<string, JsonElement> members, string name, ValidationErrors errors)
    {
        if (members.TryGetValue(name, out var text))
            return ReadPassword(name, text, errors);
        if (!errors.Has(name))
            errors.Add(name, "is required.");
        return null;
    }
}
