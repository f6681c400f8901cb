namespace BatchesApi.Storage;

/// <summary>Names in a distributed PostgreSQL (Citus).</summary>
internal static class Shards
{
    /// <summary>Whether a table, or an index, is a shard of another, such as <c>batches_102008</c> of <c>batches</c>.</summary>
    public static bool IsShardOf(string name, string whole) =>
        name.StartsWith(whole, StringComparison.Ordinal)
        && name.AsSpan(whole.Length) is ['_', _, ..] suffix
        && !suffix[1..].ContainsAnyExceptInRange('0', '9');
}
