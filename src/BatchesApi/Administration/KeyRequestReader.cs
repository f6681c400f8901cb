using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using static BatchesApi.Administration.CredentialMembers;

namespace BatchesApi.Administration;

/// <summary>The body of a rotation of an API key.</summary>
/// <param name="Overlap">How long the present secret stays valid.</param>
internal sealed record KeyRotation(TimeSpan Overlap);

/// <summary>Reads the bodies of the operations on API keys.</summary>
internal static class KeyRequestReader
{
    private static readonly TimeSpan DefaultOverlap = TimeSpan.FromHours(24);

    /// <param name="body">The body.</param>
    /// <param name="now">The time of the request, UTC.</param>
    public static Result<NewApiKey> ReadCreate(RequestBody body, DateTime now)
    {
        return ObjectBodyReader.Read(
            body, [Name, CredentialMembers.Scope, Policy, ExpiresAt], """{"name":"crm-sync"}""", Create);

        NewApiKey? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var name = ReadRequired(
                members, Name, json => ReadName(json, errors), errors, "what the key is for, such as crm-sync");
            var (scope, policy) = ReadScopeAndPolicy(members, Domain.Scope.Write, errors);
            var expiry = members.TryGetValue(ExpiresAt, out var time) ? ReadExpiry(time, now, errors) : null;
            return errors.HasErrors ? null : new NewApiKey(name!, scope!.Value, policy, expiry);
        }
    }

    /// <inheritdoc cref="ReadCreate"/>
    public static Result<ApiKeyPatch> ReadChange(RequestBody body, DateTime now)
    {
        return ObjectBodyReader.Read(body, [Name, ExpiresAt], """{"expiresAt":"2027-06-30T00:00:00Z"}""", Create, keepNulls: true);

        ApiKeyPatch? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var name = members.TryGetValue(Name, out var text) ? ReadName(text, errors) : null;
            var hasExpiry = members.TryGetValue(ExpiresAt, out var time);
            var expiry = hasExpiry ? ReadExpiry(time, now, errors) : null;
            return errors.HasErrors ? null : new ApiKeyPatch(name, hasExpiry, expiry);
        }
    }

    public static Result<KeyRotation> ReadRotation(RequestBody body)
    {
        return ObjectBodyReader.Read(body, [Overlap], """{"overlap":"24h"}""", Create);

        static KeyRotation? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var overlap = members.TryGetValue(Overlap, out var text) ? ReadOverlap(text, errors) : DefaultOverlap;
            return overlap is { } duration ? new KeyRotation(duration) : null;
        }
    }
}
