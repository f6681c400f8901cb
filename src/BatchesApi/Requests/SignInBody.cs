using System.Text.Json;
using BatchesApi.Model;

namespace BatchesApi.Requests;

/// <summary>The body of a sign-in (contract, section 6): <c>{"email","password"}</c> as JSON, or the same as a form.</summary>
/// <param name="Email">The e-mail address.</param>
/// <param name="Password">The password.</param>
internal sealed record SignInBody(string Email, string Password)
{
    /// <summary>Most bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private static readonly string[] Names = ["email", "password"];

    /// <summary>Reads the body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="strict">Whether an unknown name is a fault.</param>
    /// <param name="faults">Gets what is wrong with its members.</param>
    /// <param name="malformed">What is wrong with it as a whole; otherwise null.</param>
    public static SignInBody Read(RequestBody body, bool strict, Faults faults, out string? malformed)
    {
        malformed = null;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, value) in Members(body))
            {
                if (!Names.Contains(name))
                {
                    if (strict)
                        faults.Add(name, $"is not a field of a sign-in.{Suggestion.For(name, Names)}");
                }
                else if (value is null)
                {
                    faults.Add(name, "must be a string.");
                }
                else if (name == "email" && value.Contains('\0'))
                {
                    // PostgreSQL is asked for it; of the password it never sees more than a hash.
                    faults.Add(name, "must not contain U+0000.");
                }
                else if (name == "email" && value.Length > User.EmailLimit)
                {
                    faults.Add(name, $"must be at most {User.EmailLimit} characters.");
                }
                else if (!given.TryAdd(name, value))
                {
                    faults.Add(name, "must not be given more than once.");
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            malformed = """The body is not a JSON object such as {"email":"amy@example.com","password":"…"}.""";
        }
        var isReadable = malformed is null;
        foreach (var name in Names.Where(name => isReadable && !faults.Has(name) && string.IsNullOrWhiteSpace(given.GetValueOrDefault(name))))
            faults.Add(name, "is required.");
        return new SignInBody(given.GetValueOrDefault("email", ""), given.GetValueOrDefault("password", ""));
    }

    private static IEnumerable<(string Name, string? Value)> Members(RequestBody body)
    {
        if (body.Format == BodyFormat.Form && !body.Bytes.Span.StartsWith("{"u8))
            return FormBody.Read(body.Bytes);
        using var json = JsonDocument.Parse(BodyBytes.WithoutMark(body.Bytes), new JsonDocumentOptions { MaxDepth = BatchBody.MaxDepth });
        return [.. json.RootElement.EnumerateObject().Select(member =>
            (member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null))];
    }
}
