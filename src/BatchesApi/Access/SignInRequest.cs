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

    private static readonly string[] Names = ["email", "password"];

    private static readonly Problem Malformed = new(
        ProblemCode.MalformedBody, """The body is not a JSON object such as {"email":"amy@example.com","password":"…"}.""");

    /// <param name="body">The body.</param>
    /// <param name="strict">Whether unknown fields are rejected.</param>
    public static Result<SignInRequest> Read(RequestBody body, bool strict)
    {
        var errors = new ValidationErrors();
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, value) in Members(body))
            {
                if (!Names.Contains(name))
                {
                    if (strict)
                        errors.Add(name, $"is not a field of a sign-in.{Suggestion.For(name, Names)}");
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

    private static IEnumerable<(string Name, string? Value)> Members(RequestBody body)
    {
        if (body.Format == BodyFormat.Form && !body.LooksLikeJson)
            return FormReader.Read(body.Content);
        using var json = JsonDocument.Parse(body.Text, new JsonDocumentOptions { MaxDepth = BatchBodyReader.MaxDepth });
        return [.. json.RootElement.EnumerateObject().Select(member =>
            (member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null))];
    }
}
