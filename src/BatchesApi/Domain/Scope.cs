namespace BatchesApi.Domain;

/// <summary>The permissions of a credential (specification, section 6.1).</summary>
internal enum Scope
{
    /// <summary>List and retrieve.</summary>
    Read,

    /// <summary>Everything, including reading.</summary>
    Write,
}

internal static class Scopes
{
    public static string ToText(this Scope scope) => scope == Scope.Write ? "write" : "read";

    public static Scope Parse(string text) => text == "write" ? Scope.Write : Scope.Read;
}
