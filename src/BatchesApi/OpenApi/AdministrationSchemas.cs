using BatchesApi.Administration;
using BatchesApi.Domain;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of the bodies of API keys and users, which are read by hand.</summary>
internal static class AdministrationSchemas
{
    /// <summary>Adds the schemas.</summary>
    /// <param name="schemas">The components, which have the schemas of the responses.</param>
    /// <param name="document">The document with the components.</param>
    public static void AddTo(IDictionary<string, IOpenApiSchema> schemas, OpenApiDocument document)
    {
        IOpenApiSchema Reference(string name) => new OpenApiSchemaReference(name, document);

        var name = CreateText("The name: what the key is for. `$me` in the policy, and the name of the key in histories.", "crm-sync");
        (name.MinLength, name.MaxLength) = (1, ApiKey.MaxNameLength);
        var expiresAt = CreateText(
            "The time at which the key expires: in the future, or null for never.", "2035-12-31T00:00:00Z", JsonSchemaType.Null);
        expiresAt.Format = "date-time";
        var email = CreateText("The e-mail address, unique on the server, in any case.", "amy@example.com");
        email.MaxLength = User.MaxEmailLength;

        schemas["NewKey"] = CreateBody("The API key to create. Its scope is `write` by default.", [CredentialMembers.Name], new()
        {
            [CredentialMembers.Name] = name,
            [CredentialMembers.Scope] = Reference("Scope"),
            [CredentialMembers.Policy] = Reference("Policy"),
            [CredentialMembers.ExpiresAt] = expiresAt,
        });
        schemas["KeyChanges"] = CreateBody("Some members of an API key.", [], new()
        {
            [CredentialMembers.Name] = name,
            [CredentialMembers.ExpiresAt] = expiresAt,
        });
        schemas["KeyRotation"] = CreateBody("The rotation of a secret.", [], new()
        {
            [CredentialMembers.Overlap] = CreateText(
                "How long the present secret stays valid: a number and a unit (s, m, h or d), from `0s` to `30d`; 24 hours by default.",
                "24h"),
        });
        schemas["NewUser"] = CreateBody(
            "The user to create. Its scope is `write` by default.", [CredentialMembers.Email, CredentialMembers.Password], new()
            {
                [CredentialMembers.Email] = email,
                [CredentialMembers.Password] = CreatePassword("The password."),
                [CredentialMembers.Scope] = Reference("Scope"),
                [CredentialMembers.Policy] = Reference("Policy"),
            });
        schemas["UserChanges"] = CreateBody("Some members of a user.", [], new()
        {
            [CredentialMembers.Scope] = Reference("Scope"),
            [CredentialMembers.Policy] = Reference("Policy"),
            [CredentialMembers.Password] = CreatePassword("The new password."),
            [CredentialMembers.Disabled] = new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Description = "Whether the user is disabled.",
            },
        });
        schemas["PasswordChange"] = CreateBody(
            "A change of the password.", [CredentialMembers.CurrentPassword, CredentialMembers.NewPassword], new()
            {
                [CredentialMembers.CurrentPassword] = CreateText("The password that the user has.", "correct horse battery staple"),
                [CredentialMembers.NewPassword] = CreatePassword("The new password."),
            });
    }

    private static OpenApiSchema CreateBody(string description, string[] required, Dictionary<string, IOpenApiSchema> properties) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = required.ToHashSet(),
        Properties = properties,
    };

    private static OpenApiSchema CreatePassword(string description)
    {
        var password = CreateText(description, "another correct horse battery");
        (password.MinLength, password.MaxLength) = (User.MinPasswordLength, User.MaxPasswordLength);
        return password;
    }

    private static OpenApiSchema CreateText(string description, string example, JsonSchemaType orNull = default) => new()
    {
        Type = JsonSchemaType.String | orNull,
        Description = description,
        Examples = [example],
    };
}
