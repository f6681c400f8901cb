using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BatchesApi.Domain;

/// <summary>Instants as RFC 3339 text, parsed as leniently as the specification says (section 1.3).</summary>
internal static partial class Rfc3339
{
    private const string FormatString = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    /// <summary>Parses a date (00:00 UTC) or a date-time (UTC if it has no offset). A space before the offset is an unencoded plus sign.
    /// Fractions of a microsecond are truncated.</summary>
    /// <returns>The instant in UTC, or null if the text is not an instant in the years 1 to 9999.</returns>
    public static DateTime? Parse(string text) => Parse(text, out _);

    /// <inheritdoc cref="Parse(string)"/>
    /// <param name="text">The text.</param>
    /// <param name="isTruncated">Whether the text means a later instant, by less than a microsecond.</param>
    public static DateTime? Parse(string text, out bool isTruncated)
    {
        isTruncated = false;
        var match = Grammar().Match(text);
        if (!match.Success)
            return null;
        int Get(string name) => match.Groups[name] is { Success: true } g ? int.Parse(g.ValueSpan, CultureInfo.InvariantCulture) : 0;

        var (year, month, day, second) = (Get("year"), Get("month"), Get("day"), Get("second"));
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
            return null;

        // A leap second (RFC 3339, section 5.6 and appendix D) is not representable: it becomes the following second.
        var leap = second == 60 ? 1 : 0;
        var local = new DateTime(year, month, day, Get("hour"), Get("minute"), second - leap, DateTimeKind.Utc).Ticks;
        var digits = match.Groups["fraction"].Value.PadRight(6, '0');
        var fraction = digits[..6];
        isTruncated = digits.AsSpan(6).ContainsAnyExcept('0');
        var offset = new TimeSpan(Get("offsetHour"), Get("offsetMinute"), 0).Ticks;
        if (match.Groups["sign"].ValueSpan is "-")
            offset = -offset;

        var utc = local - offset;
        if (leap == 1 && utc % TimeSpan.TicksPerDay != TimeSpan.TicksPerDay - TimeSpan.TicksPerSecond)
            return null;
        utc += (leap * TimeSpan.TicksPerSecond) + (long.Parse(fraction, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond);
        return utc < 0 || utc > DateTime.MaxValue.Ticks ? null : new DateTime(utc, DateTimeKind.Utc);
    }

    /// <summary>The instant as text, without trailing zeros in the fraction.</summary>
    public static string Format(DateTime instant) => instant.ToString(FormatString, CultureInfo.InvariantCulture);

    /// <summary>The instant as text, or null.</summary>
    public static string? Format(DateTime? instant) => instant is { } value ? Format(value) : null;

    /// <summary>Writes the same text as <see cref="Format(DateTime)"/> without allocating a string.</summary>
    public static void Write(Utf8JsonWriter json, DateTime instant)
    {
        // TryFormat has a fast path for "O" but parses a custom format on every call.
        Span<byte> text = stackalloc byte[28];
        instant.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        var length = 27;
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
        text[length++] = (byte)'Z';
        json.WriteStringValue(text[..length]);
    }

    [GeneratedRegex(
        """
        \A(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})
        ([Tt\ ](?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)(\.(?<fraction>[0-9]+))?
        ([Zz]|(?<sign>[+\-\ ])(?<offsetHour>[01][0-9]|2[0-3]):(?<offsetMinute>[0-5][0-9]))?)?\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
