namespace BatchesApi.Domain;

/// <summary>The permissions of a credential (specification, section 6.1). Each scope includes the ones before it.</summary>
internal enum Scope
{
    /// <summary>List and retrieve.</summary>
    Read,

    /// <summary>Also create and change, and delete what can be restored.</summary>
    Write,

    /// <summary>Everything.</summary>
    Admin,
}

internal static class Scopes
{
    public static string ToText(this Scope scope) => scope switch
    {
        Scope.Admin => "admin",
        Scope.Write => "write",
        _ => "read",
    };

    /// <summary>Parses a name. A scope of a later version permits reading only.</summary>
    public static Scope Parse(string text) => text switch
    {
        "admin" => Scope.Admin,
        "write" => Scope.Write,
        _ => Scope.Read,
    };
}
