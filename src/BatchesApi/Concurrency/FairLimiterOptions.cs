namespace BatchesApi.Concurrency;

/// <summary>The bounds of a <see cref="FairLimiter"/>.</summary>
/// <param name="Resource">What it bounds.</param>
/// <param name="PerAccount">Permits that one account may have at the same time; at least 1, at most <paramref name="Total"/>.</param>
/// <param name="Total">Permits that all accounts together may have.</param>
/// <param name="Wait">How long a caller waits for permits before it is refused.</param>
internal sealed record FairLimiterOptions(LimitedResource Resource, int PerAccount, int Total, TimeSpan Wait);

/// <summary>What is bounded by concurrency.</summary>
internal enum LimitedResource
{
    /// <summary>Lists in flight.</summary>
    Lists,

    /// <summary>Creates of many batches in flight.</summary>
    BulkWrites,

    /// <summary>Connections to the database, other than those of lists.</summary>
    Connections,

    /// <summary>Memory for large bodies, in KiB.</summary>
    BodyMemory,
}
