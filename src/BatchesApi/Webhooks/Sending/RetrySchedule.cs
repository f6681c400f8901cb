namespace BatchesApi.Webhooks.Sending;

/// <summary>When a failed event is sent again (specification, section 9.4).</summary>
internal static class RetrySchedule
{
    /// <summary>Up to this part of a delay is added or taken off, so that the events of a receiver that was down do not arrive
    /// together.</summary>
    public const double Jitter = 0.1;

    /// <summary>The delays after the failed attempts.</summary>
    public static IReadOnlyList<TimeSpan> Delays { get; } =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>Number of attempts before an event has failed.</summary>
    public static int MaxAttempts => Delays.Count + 1;

    /// <param name="failures">Number of failed attempts, at least 1.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    /// <returns>The time until the next attempt, or null after the last attempt.</returns>
    public static TimeSpan? GetDelay(int failures, double random) =>
        failures > Delays.Count ? null : Delays[failures - 1] * (1 + (Jitter * ((2 * random) - 1)));
}
