using System.Collections.Frozen;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Access;

/// <summary>The body of a sign-in (specification, section 6): <c>{"email","password"}</c> as JSON, or the same as a form.</summary>
[Description("The credentials of a user.")]
internal sealed record SignInRequest(
    [property: Description("The e-mail address, in any case."), Required, DataType(DataType.EmailAddress)] string Email,
    [property: Description("The password."), Required, DataType(DataType.Password)] string Password)
{
    /// <summary>Maximum body size in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string Example = """{"email":"amy@example.com","password":"…"}""";

    private static readonly string[] Names = ["email", "password"];

    private static readonly string[] Wrappers = ["data", "user"];

    /// <summary>The names of other APIs.</summary>
    private static readonly FrozenDictionary<string, string> OtherNames = new Dictionary<string, string>
    {
        ["username"] = "email",
        ["login"] = "email",
        ["user"] = "email",
        ["mail"] = "email",
        ["pwd"] = "password",
        ["pass"] = "password",
        ["passwd"] = "password",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly Problem Malformed = new(
        ProblemCode.MalformedBody, $"The body is not a JSON object such as {Example}.");

    /// <param name="body">The body.</param>
    /// <param name="strict">Whether unknown fields are rejected.</param>
    public static Result<SignInRequest> Read(RequestBody body, bool strict)
    {
        var errors = new ValidationErrors();
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            if (IsForm(body))
            {
                foreach (var name in FormReader.FindCutValues(body.Content).Where(Names.Contains))
                    errors.Add(name, FormReader.CutValue);
            }
            foreach (var (name, value, isObject) in Members(body))
            {
                if (isObject && Wrappers.Contains(name))
                {
                    errors.Add(name, "must not wrap the sign-in: send its members alone.");
                    return new Problem(
                        ProblemCode.InvalidBody,
                        $"The body wraps the sign-in in '{name}'. Send its members alone, as in {Example}.",
                        errors);
                }
                if (!Names.Contains(name))
                {
                    if (strict)
                        errors.Add(name, $"is not a field of a sign-in.{GetPointer(name)}");
                }
                else if (value is null)
                {
                    errors.Add(name, "must be a string.");
                }
                else if (name == "email" && value.Contains('\0'))
                {
                    // PostgreSQL cannot store it. The password is hashed first.
                    errors.Add(name, "must not contain U+0000.");
                }
                else if (name == "email" && value.Length > User.MaxEmailLength)
                {
                    errors.Add(name, $"must be at most {User.MaxEmailLength} characters.");
                }
                else if (!given.TryAdd(name, value))
                {
                    errors.Add(name, "must not be given more than once.");
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Malformed;
        }
        foreach (var name in Names.Where(name => !errors.Has(name) && string.IsNullOrWhiteSpace(given.GetValueOrDefault(name))))
            errors.Add(name, "is required.");
        if (errors.HasErrors)
            return Problem.InvalidBody(errors);
        return new SignInRequest(given.GetValueOrDefault("email", ""), given.GetValueOrDefault("password", ""));
    }

    private static string GetPointer(string name) =>
        OtherNames.TryGetValue(name, out var meant) ? $" Did you mean '{meant}'?" : Suggestion.For(name, Names);

    /// <summary>Whether the body is a form, perhaps labelled as JSON.</summary>
    private static bool IsForm(RequestBody body) =>
        !body.LooksLikeJson
        && (body.Format == BodyFormat.Form
            || (body.Content.Span.Contains((byte)'=')
                && FormReader.Read(body.Content).Select(pair => pair.Name).FirstOrDefault("") is var first
                && (Names.Contains(first) || OtherNames.ContainsKey(first))));

    /// <summary>Decodes a JSON string, as the reference writes the values of forms; any other text is the value.</summary>
    private static string? Unquote(string? value)
    {
        if (value is not ['"', .., '"'])
            return value;
        try
        {
            using var json = JsonDocument.Parse(value);
            return json.RootElement.GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return value;
        }
    }

    private static IEnumerable<(string Name, string? Value, bool IsObject)> Members(RequestBody body)
    {
        if (IsForm(body))
            return FormReader.Read(body.Content).Select(pair => (pair.Name, Unquote(pair.Value), false));
        using var json = JsonDocument.Parse(body.Text, new JsonDocumentOptions { MaxDepth = BatchBodyReader.MaxDepth });
        return [.. json.RootElement.EnumerateObject().Select(member =>
            (member.Name,
            member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null,
            member.Value.ValueKind == JsonValueKind.Object))];
    }
}
