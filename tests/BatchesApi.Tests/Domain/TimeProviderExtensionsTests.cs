using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class TimeProviderExtensionsTests
{
    [Fact]
    public void Now_is_in_UTC_and_keeps_microseconds_only()
    {
        var time = new DateTimeOffset(2026, 11, 23, 9, 30, 15, TimeSpan.FromHours(2)).AddTicks(1_234_567);

        var now = new ManualClock(time).GetUtcNowMicroseconds();

        Assert.Equal(DateTimeKind.Utc, now.Kind);
        Assert.Equal("2026-11-23T07:30:15.123456Z", Rfc3339.Format(now));
    }
}
