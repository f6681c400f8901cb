namespace BatchesApi.Storage;

/// <summary>Options for the database, beside the connection string.</summary>
/// <param name="Pooler">The connection pooler in front of PostgreSQL.</param>
/// <param name="AllowNewer">Whether to write to a database that a newer version of the server has migrated.</param>
internal sealed record DatabaseOptions(Pooler Pooler = Pooler.None, bool AllowNewer = false)
{
    private const string CustomPlans = "set_config('plan_cache_mode', 'force_custom_plan', true)";

    private static readonly string NoJitAndNoWorkers = TurnOffJitAndWorkers(isLocal: true);

    /// <summary>The expressions that turn off JIT and parallel workers: if an estimate is wrong, starting them takes much longer than the
    /// statement.</summary>
    /// <param name="isLocal">Whether for the current transaction only, instead of the session.</param>
    public static string TurnOffJitAndWorkers(bool isLocal)
    {
        var local = isLocal ? "true" : "false";
        return $"set_config('jit', 'off', {local}), set_config('max_parallel_workers_per_gather', '0', {local})";
    }

    /// <summary>The statement that precedes the statements of a list, in their transaction: it changes settings for that transaction
    /// only.</summary>
    /// <param name="isPlannedOnce">Whether one plan is good for all values.</param>
    /// <returns>The statement, or null if none is needed.</returns>
    public string? ListPrologue(bool isPlannedOnce) => (Pooler, isPlannedOnce) switch
    {
        (Pooler.Transaction, true) => $"SELECT {NoJitAndNoWorkers}",
        (Pooler.Transaction, false) => $"SELECT {NoJitAndNoWorkers}, {CustomPlans}",
        (_, true) => null,
        (_, false) => $"SELECT {CustomPlans}",
    };
}

/// <summary>A connection pooler in front of PostgreSQL, by how long a client keeps a session.</summary>
internal enum Pooler
{
    /// <summary>No pooler, or one in session mode: a connection is a session of PostgreSQL.</summary>
    None,

    /// <summary>A client has a session for one transaction; another client may have it next.</summary>
    Transaction,
}
