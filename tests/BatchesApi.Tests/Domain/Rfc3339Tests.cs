using System.Text;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class Rfc3339Tests
{
    [Theory]

    // Dates.
    [InlineData("2026-12-01", "2026-12-01T00:00:00Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31", "9999-12-31T00:00:00Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00Z")]
    [InlineData("2000-02-29", "2000-02-29T00:00:00Z")]

    // Date-times, with and without an offset.
    [InlineData("2026-12-01T09:30:15Z", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01t09:30:15z", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01 09:30:15Z", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01T09:30:15", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01 09:30:15", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    [InlineData("2026-12-01T23:59:59Z", "2026-12-01T23:59:59Z")]
    [InlineData("2026-12-01T09:30:15+02:00", "2026-12-01T07:30:15Z")]
    [InlineData("2026-12-01T09:30:15-05:30", "2026-12-01T15:00:15Z")]
    [InlineData("2026-12-01T09:30:15+00:00", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01T09:30:15-00:00", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01T09:30:15+23:59", "2026-11-30T09:31:15Z")]
    [InlineData("2026-12-01T23:30:00-00:30", "2026-12-02T00:00:00Z")]
    [InlineData("2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00Z")]

    // An unencoded plus sign.
    [InlineData("2026-12-01T09:30:15 02:00", "2026-12-01T07:30:15Z")]
    [InlineData("2026-12-01 09:30:15 02:00", "2026-12-01T07:30:15Z")]
    [InlineData("2026-12-01T09:30:15.5 02:00", "2026-12-01T07:30:15.5Z")]

    // Fractions are truncated to microseconds, not rounded.
    [InlineData("2026-12-01T09:30:15.1Z", "2026-12-01T09:30:15.1Z")]
    [InlineData("2026-12-01T09:30:15.12Z", "2026-12-01T09:30:15.12Z")]
    [InlineData("2026-12-01T09:30:15.123Z", "2026-12-01T09:30:15.123Z")]
    [InlineData("2026-12-01T09:30:15.1234Z", "2026-12-01T09:30:15.1234Z")]
    [InlineData("2026-12-01T09:30:15.12345Z", "2026-12-01T09:30:15.12345Z")]
    [InlineData("2026-12-01T09:30:15.123456Z", "2026-12-01T09:30:15.123456Z")]
    [InlineData("2026-12-01T09:30:15.1234569Z", "2026-12-01T09:30:15.123456Z")]
    [InlineData("2026-12-01T09:30:15.12345699Z", "2026-12-01T09:30:15.123456Z")]
    [InlineData("2026-12-01T09:30:15.123456999Z", "2026-12-01T09:30:15.123456Z")]
    [InlineData("2026-12-01T09:30:15.999999999999Z", "2026-12-01T09:30:15.999999Z")]
    [InlineData("2026-12-01T09:30:15.000000999999Z", "2026-12-01T09:30:15Z")]
    [InlineData("2026-12-01T09:30:15.100Z", "2026-12-01T09:30:15.1Z")]
    [InlineData("2026-12-01T09:30:15.000001Z", "2026-12-01T09:30:15.000001Z")]
    [InlineData("2026-12-01T09:30:15.5", "2026-12-01T09:30:15.5Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z")]

    // Leap seconds, at 23:59:60 UTC, become the following second.
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")]
    [InlineData("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.25Z")]
    [InlineData("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z")]
    [InlineData("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z")]

    // The first and the last instant, with an offset.
    [InlineData("0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T22:59:59-01:00", "9999-12-31T23:59:59Z")]
    public void Dates_and_date_times_are_parsed_as_instants_in_UTC(string text, string expected)
    {
        var instant = Assert.NotNull(Rfc3339.Parse(text));

        Assert.Equal(DateTimeKind.Utc, instant.Kind);
        Assert.Equal(expected, Rfc3339.Format(instant));
    }

    [Theory]

    // Not dates.
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("string")]
    [InlineData("today")]
    [InlineData("1764547200")]

    // Dates in other formats, or that do not exist.
    [InlineData("2026-12")]
    [InlineData("2026-12-1")]
    [InlineData("2026-1-01")]
    [InlineData("26-12-01")]
    [InlineData("20261201")]
    [InlineData("02026-12-01")]
    [InlineData("+2026-12-01")]
    [InlineData("-2026-12-01")]
    [InlineData("2026/12/01")]
    [InlineData("12/01/2026")]
    [InlineData("2026-W49-2")]
    [InlineData("2026-335")]
    [InlineData("0000-01-01")]
    [InlineData("2026-00-01")]
    [InlineData("2026-13-01")]
    [InlineData("2026-12-00")]
    [InlineData("2026-12-32")]
    [InlineData("2026-11-31")]
    [InlineData("2026-02-29")]
    [InlineData("1900-02-29")]
    [InlineData("2024-02-30")]

    // A date takes no offset.
    [InlineData("2026-12-01Z")]
    [InlineData("2026-12-01+01:00")]

    // Times in other formats, or that do not exist.
    [InlineData("2026-12-01T")]
    [InlineData("2026-12-01T09")]
    [InlineData("2026-12-01T09:30")]
    [InlineData("2026-12-01T09:30Z")]
    [InlineData("2026-12-01T9:30:15Z")]
    [InlineData("2026-12-01T093015Z")]
    [InlineData("2026-12-01T24:00:00Z")]
    [InlineData("2026-12-01T25:00:00Z")]
    [InlineData("2026-12-01T09:60:00Z")]
    [InlineData("2026-12-01T09:30:61Z")]
    [InlineData("2026-12-01T09:30:15.Z")]
    [InlineData("2026-12-01T09:30:15,5Z")]
    [InlineData("2026-12-01T.5Z")]
    [InlineData("2026-12-01_09:30:15Z")]
    [InlineData("2026-12-01  09:30:15Z")]

    // Leap seconds at other times than the end of a UTC day.
    [InlineData("2016-12-31T09:30:60Z")]
    [InlineData("2016-12-31T23:58:60Z")]
    [InlineData("2016-12-31T23:59:60+01:00")]

    // Offsets in other formats, or that do not exist.
    [InlineData("2026-12-01T09:30:15+2:00")]
    [InlineData("2026-12-01T09:30:15+02")]
    [InlineData("2026-12-01T09:30:15+0200")]
    [InlineData("2026-12-01T09:30:15+24:00")]
    [InlineData("2026-12-01T09:30:15+02:60")]
    [InlineData("2026-12-01T09:30:15Z+02:00")]
    [InlineData("2026-12-01T09:30:15ZZ")]
    [InlineData("2026-12-01T09:30:15 Z")]
    [InlineData("2026-12-01T09:30:15\u221202:00")]
    [InlineData("2026-12-01T09:30:15[Europe/Berlin]")]

    // Outside the years 1 to 9999 in UTC.
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("9999-12-31T23:59:60Z")]

    // Surrounding characters.
    [InlineData(" 2026-12-01")]
    [InlineData("2026-12-01 ")]
    [InlineData("2026-12-01\n")]
    [InlineData("2026-12-01T09:30:15Z\n")]
    [InlineData("2026-12-01T09:30:15Z\r\n")]
    [InlineData("\"2026-12-01\"")]

    // Digits of other scripts.
    [InlineData("٢٠٢٦-١٢-٠١")]
    [InlineData("2026-12-0１")]
    public void Text_that_is_not_an_instant_is_rejected(string text) => Assert.Null(Rfc3339.Parse(text));

    [Theory]
    [InlineData("2026-12-01", false)]
    [InlineData("2026-12-01T00:00:00.000000000000Z", false)]
    [InlineData("2026-12-01T00:00:00.0000009Z", true)]
    [InlineData("2026-12-01T00:00:00.00000000000001Z", true)]
    public void Truncation_to_microseconds_is_reported(string text, bool isTruncated)
    {
        Assert.Equal(new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc), Rfc3339.Parse(text, out var actual));
        Assert.Equal(isTruncated, actual);
    }

    [Theory]
    [InlineData(0, "2026-12-01T00:00:00Z")]
    [InlineData(10, "2026-12-01T00:00:00.000001Z")]
    [InlineData(5_000_000, "2026-12-01T00:00:00.5Z")]
    [InlineData(9_999_990, "2026-12-01T00:00:00.999999Z")]
    public void Formatted_instants_can_be_parsed(long ticks, string expected)
    {
        var instant = new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(ticks);

        Assert.Equal(expected, Rfc3339.Format(instant));
        Assert.Equal(instant, Rfc3339.Parse(Rfc3339.Format(instant)));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("2026-12-01T09:30:15.000001Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void Write_and_Format_produce_the_same_text(string text)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            Rfc3339.Write(json, Rfc3339.Parse(text)!.Value);

        Assert.Equal($"\"{text}\"", Encoding.UTF8.GetString(stream.ToArray()));
    }
}
