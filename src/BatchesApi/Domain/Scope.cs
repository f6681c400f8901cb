namespace BatchesApi.Domain;

/// <summary>What a credential may do (specification, section 6).</summary>
internal enum Scope
{
    /// <summary>List and retrieve.</summary>
    Read,

    /// <summary>Everything, reading included.</summary>
    Write,
}

/// <summary>Scopes as words.</summary>
internal static class Scopes
{
    /// <summary>The word for a scope, as operators and clients read it.</summary>
    public static string ToText(this Scope scope) => scope == Scope.Write ? "write" : "read";

    /// <summary>The scope of a word.</summary>
    public static Scope Parse(string text) => text == "write" ? Scope.Write : Scope.Read;
}
