namespace BatchesApi.Storage;

/// <summary>How the server uses its database, beside the connection string.</summary>
/// <param name="Pooler">The connection pooler in front of PostgreSQL.</param>
/// <param name="AllowNewer">Whether to write to a database that a newer version of the server has migrated.</param>
internal sealed record DatabaseOptions(Pooler Pooler = Pooler.None, bool AllowNewer = false)
{
    private const string CustomPlans = "set_config('plan_cache_mode', 'force_custom_plan', true)";

    private const string NoCompilation = "set_config('jit', 'off', true)";

    /// <summary>The statement that a list's statements follow, in one transaction with them: it sets for that transaction what a session cannot keep.</summary>
    /// <param name="isOneWay">Whether there is one good plan for the list, whatever its values.</param>
    /// <returns>The statement; null if none is needed.</returns>
    public string? ListPrologue(bool isOneWay) => (Pooler, isOneWay) switch
    {
        (Pooler.Transaction, true) => $"SELECT {NoCompilation}",
        (Pooler.Transaction, false) => $"SELECT {NoCompilation}, {CustomPlans}",
        (_, true) => null,
        (_, false) => $"SELECT {CustomPlans}",
    };
}

/// <summary>A connection pooler in front of PostgreSQL, by how long a client keeps a session.</summary>
internal enum Pooler
{
    /// <summary>There is none, or one in session mode: a connection is a session of PostgreSQL.</summary>
    None,

    /// <summary>A client has a session for one transaction only, and any other client may have it next.</summary>
    Transaction,
}
