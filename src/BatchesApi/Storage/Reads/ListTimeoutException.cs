namespace BatchesApi.Storage.Reads;

/// <summary>A list took longer than it may, and was given up.</summary>
internal sealed class ListTimeoutException(TimeSpan limit, Exception cause) : Exception($"The list took longer than {limit.TotalSeconds} s.", cause)
{
    /// <summary>How long it may take.</summary>
    public TimeSpan Limit { get; } = limit;
}
