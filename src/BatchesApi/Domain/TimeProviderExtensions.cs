namespace BatchesApi.Domain;

/// <summary>Instants in the precision of the database.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>The current time in UTC, truncated to microseconds, so that a response has the value that is stored.</summary>
    public static DateTime GetUtcNowMicroseconds(this TimeProvider clock) => clock.GetUtcNow().UtcDateTime.ToMicroseconds();

    /// <summary>The instant, truncated to the precision of timestamptz.</summary>
    public static DateTime ToMicroseconds(this DateTime instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));
}
