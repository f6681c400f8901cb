namespace BatchesApi.Hosting;

/// <summary>How many connections clients may open.</summary>
/// <param name="Max">Maximum number of open connections.</param>
internal sealed record ClientConnectionOptions(int Max)
{
    /// <summary>The maximum unless the operator sets another.</summary>
    public const int DefaultMax = 4_000;

    /// <summary>How long a new connection may send nothing.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Maximum number of connections from one address that is not a trusted proxy.</summary>
    public int MaxPerAddress => Max / 2;
}
