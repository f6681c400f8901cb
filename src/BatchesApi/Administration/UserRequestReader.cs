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
            var email = ReadRequired(
                members, Email, json => ReadEmail(json, errors), errors, "the address with which the user signs in");
            var password = ReadRequired(members, Password, json => ReadPassword(Password, json, errors), errors);
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
            var current = ReadRequired(members, CurrentPassword, json => ReadText(CurrentPassword, json, errors), errors);
            var password = ReadRequired(members, NewPassword, json => ReadPassword(NewPassword, json, errors), errors);
            return errors.HasErrors ? null : new PasswordChange(current!, password!);
        }
    }
}
