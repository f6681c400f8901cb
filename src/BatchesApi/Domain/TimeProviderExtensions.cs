namespace BatchesApi.Domain;

/// <summary>The clock at the precision that the database keeps.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>Now in UTC, to the microsecond, so that what is answered is what was stored.</summary>
    public static DateTime GetUtcNowMicroseconds(this TimeProvider clock) => clock.GetUtcNow().UtcDateTime.ToMicroseconds();

    /// <summary>The instant without what is finer than a microsecond, which timestamptz cannot hold.</summary>
    public static DateTime ToMicroseconds(this DateTime instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));
}
