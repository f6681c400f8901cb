namespace BatchesApi.Tests;

/// <summary>A clock that only advances when it is set.</summary>
internal sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    private readonly DateTimeOffset _start = now;

    public DateTimeOffset Now { get; set; } = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => (Now - _start).Ticks;
}
