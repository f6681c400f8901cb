namespace BatchesApi.Hosting;

/// <summary>How the server ends.</summary>
/// <param name="Delay">How long it still takes requests after it was told to end, so that whoever sends them can notice that it is not ready any more.</param>
/// <param name="Timeout">How long requests may take after that to be finished.</param>
internal sealed record ShutdownOptions(TimeSpan Delay, TimeSpan Timeout)
{
    private static readonly TimeSpan MaxDrainDelay = TimeSpan.FromSeconds(1);

    /// <summary>How much of the delay comes after no more connections are taken, for requests on those that are there.</summary>
    public TimeSpan DrainDelay => Delay / 2 < MaxDrainDelay ? Delay / 2 : MaxDrainDelay;
}
