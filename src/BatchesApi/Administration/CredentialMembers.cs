using System.Globalization;
using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Administration;

/// <summary>Reads the members of the bodies of keys and users. Each method adds errors under the name of its member.</summary>
internal static class CredentialMembers
{
    /// <summary>Maximum size of a body in bytes.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    public const string Name = "name";
    public const string Scope = "scope";
    public const string Policy = KeyPolicy.Name;
    public const string ExpiresAt = "expiresAt";
    public const string Overlap = "overlap";
    public const string Email = "email";
    public const string Password = "password";
    public const string Disabled = "disabled";
    public const string CurrentPassword = "currentPassword";
    public const string NewPassword = "newPassword";

    public static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(30);

    private static readonly IEnumerable<string> Scopes = Enum.GetValues<Scope>().Select(scope => scope.ToText());

    /// <summary>Reads the scope and the policy, which exclude each other if the scope is <c>admin</c>.</summary>
    /// <param name="members">The members of the body.</param>
    /// <param name="defaultScope">The scope if the body has none.</param>
    /// <param name="errors">Receives the errors.</param>
    public static (Scope? Scope, string? Policy) ReadScopeAndPolicy(
        Dictionary<string, JsonElement> members, Scope? defaultScope, ValidationErrors errors)
    {
        var scope = members.TryGetValue(Scope, out var level) ? ReadScope(level, errors) : defaultScope;
        var policy = members.TryGetValue(Policy, out var filter) ? ReadPolicy(filter, errors) : null;
        if (scope == Domain.Scope.Admin && policy is not null)
            errors.Add(Policy, "must be null for the scope admin, which is for the whole account. Use the scope write, or no policy.");
        return (scope, policy);
    }

    /// <summary>Reads a member that the body must have.</summary>
    /// <param name="members">The members of the body.</param>
    /// <param name="name">The name of the member.</param>
    /// <param name="read">Reads the member.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="meaning">The meaning of the member, for the message, or null.</param>
    public static string? ReadRequired(
        Dictionary<string, JsonElement> members,
        string name,
        Func<JsonElement, string?> read,
        ValidationErrors errors,
        string? meaning = null)
    {
        if (members.TryGetValue(name, out var json))
            return read(json);
        if (!errors.Has(name))
            errors.Add(name, meaning is null ? "is required." : $"is required: {meaning}.");
        return null;
    }

    public static string? ReadName(JsonElement json, ValidationErrors errors)
    {
        if (ReadText(Name, json, errors) is not { } name)
            return null;
        if (string.IsNullOrWhiteSpace(name) || name.Length > ApiKey.MaxNameLength || name.Any(char.IsControl))
        {
            errors.Add(Name, string.Create(
                CultureInfo.InvariantCulture,
                $"must have 1 to {ApiKey.MaxNameLength} characters, not be blank, and not contain control characters."));
        }
        return name;
    }

    /// <returns>The time of expiry, UTC, or null for never.</returns>
    public static DateTime? ReadExpiry(JsonElement json, DateTime now, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (json.ValueKind != JsonValueKind.String || Rfc3339.Parse(JsonText.Get(json)) is not { } expiry)
        {
            errors.Add(
                ExpiresAt,
                $"must be an RFC 3339 date-time, such as 2027-06-30T00:00:00Z, or null, but is {ObjectBodyReader.Quote(json)}.");
        }
        else if (expiry <= now)
        {
            errors.Add(ExpiresAt, $"must be in the future; the server's time is {Rfc3339.Format(now)}. To revoke a key now, delete it.");
        }
        else
        {
            return expiry;
        }
        return null;
    }

    /// <summary>Reads a duration from <c>0s</c> to <see cref="MaxOverlap"/>.</summary>
    public static TimeSpan? ReadOverlap(JsonElement json, ValidationErrors errors)
    {
        var text = json.ValueKind == JsonValueKind.String ? JsonText.Get(json) : "";
        if (text is "0s" or "0m" or "0h" or "0d")
            return TimeSpan.Zero;
        var overlap = Duration.Parse(text, MaxOverlap);
        if (overlap is null)
        {
            errors.Add(Overlap, string.Create(
                CultureInfo.InvariantCulture,
                $"must be a number and a unit (s, m, h or d) from 0s to {MaxOverlap.TotalDays}d, such as 24h, but is ")
                + $"{ObjectBodyReader.Quote(json)}.");
        }
        return overlap;
    }

    public static string? ReadEmail(JsonElement json, ValidationErrors errors)
    {
        if (ReadText(Email, json, errors) is not { } email)
            return null;
        if (!User.IsEmail(email.Trim()))
        {
            errors.Add(Email, string.Create(
                CultureInfo.InvariantCulture, $"must be an e-mail address of at most {User.MaxEmailLength} characters."));
        }
        return email;
    }

    /// <param name="name">The name of the member.</param>
    /// <param name="json">The member.</param>
    /// <param name="errors">Receives the errors, which do not contain the password.</param>
    public static string? ReadPassword(string name, JsonElement json, ValidationErrors errors)
    {
        if (ReadText(name, json, errors) is not { } password)
            return null;
        if (password.Length is < User.MinPasswordLength or > User.MaxPasswordLength)
        {
            errors.Add(name, string.Create(
                CultureInfo.InvariantCulture,
                $"must have {User.MinPasswordLength} to {User.MaxPasswordLength} characters, but has {password.Length}."));
        }
        return password;
    }

    public static bool? ReadDisabled(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return json.GetBoolean();
        errors.Add(Disabled, $"must be true or false, but is {ObjectBodyReader.Describe(json)}.");
        return null;
    }

    /// <summary>Reads a string that PostgreSQL can store.</summary>
    public static string? ReadText(string name, JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            errors.Add(name, $"must be a string, but is {BodyShape.Describe(json)}.");
            return null;
        }
        if (JsonText.Decode(json) is { } text && PostgresText.IsStorable(text))
            return text;
        errors.Add(name, PostgresText.Unstorable);
        return null;
    }

    private static Scope? ReadScope(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.String && Scopes.Contains(JsonText.Get(json)))
            return Domain.Scopes.Parse(JsonText.Get(json));
        errors.Add(Scope, $"must be one of {string.Join(", ", Scopes)}, but is {ObjectBodyReader.Quote(json)}.");
        return null;
    }

    /// <returns>The policy as valid JSON, or null for none.</returns>
    private static string? ReadPolicy(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(
                Policy,
                $"must be a filter as in the parameter p, such as {{\"assignee\":\"amy\"}}, but is {ObjectBodyReader.Describe(json)}.");
            return null;
        }
        KeyPolicy.Parse(json.GetRawText(), errors);
        return json.GetRawText();
    }
}
