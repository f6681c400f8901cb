using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BatchesApi.Domain;

/// <summary>Instants on the wire: RFC 3339 with the leniency that the specification states (section 1, <c>dueDate</c>).</summary>
internal static partial class Rfc3339
{
    private const string FormatString = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    /// <summary>Reads a date (00:00 UTC) or a date-time (UTC where it has no offset; a space before the offset is a plus sign that was
    /// not encoded). What is finer than a microsecond is dropped.</summary>
    /// <returns>The instant in UTC, or null where the text is none or lies outside the years 1 to 9999.</returns>
    public static DateTime? Parse(string text) => Parse(text, out _);

    /// <summary>As <see cref="Parse(string)"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isLater">Whether the text means a later instant, less than a microsecond after the one that is given back.</param>
    public static DateTime? Parse(string text, out bool isLater)
    {
        isLater = false;
        var match = Grammar().Match(text);
        if (!match.Success)
            return null;
        int Part(string name) => match.Groups[name] is { Success: true } g ? int.Parse(g.ValueSpan, CultureInfo.InvariantCulture) : 0;

        var (year, month, day, second) = (Part("year"), Part("month"), Part("day"), Part("second"));
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
            return null;

        // A leap second (section 5.6 and appendix D) has no place of its own on this time scale: it is the second that follows.
        var leap = second == 60 ? 1 : 0;
        var local = new DateTime(year, month, day, Part("hour"), Part("minute"), second - leap, DateTimeKind.Utc).Ticks;
        var digits = match.Groups["fraction"].Value.PadRight(6, '0');
        var fraction = digits[..6];
        isLater = digits.AsSpan(6).ContainsAnyExcept('0');
        var offset = new TimeSpan(Part("offsetHour"), Part("offsetMinute"), 0).Ticks;
        if (match.Groups["sign"].ValueSpan is "-")
            offset = -offset;

        var utc = local - offset;
        if (leap == 1 && utc % TimeSpan.TicksPerDay != TimeSpan.TicksPerDay - TimeSpan.TicksPerSecond)
            return null;
        utc += (leap * TimeSpan.TicksPerSecond) + (long.Parse(fraction, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond);
        return utc < 0 || utc > DateTime.MaxValue.Ticks ? null : new DateTime(utc, DateTimeKind.Utc);
    }

    /// <summary>The instant as text, with fractional seconds only where there are some.</summary>
    public static string Format(DateTime instant) => instant.ToString(FormatString, CultureInfo.InvariantCulture);

    /// <summary>Writes what <see cref="Format"/> gives, without the string.</summary>
    public static void Write(Utf8JsonWriter json, DateTime instant)
    {
        // What TryFormat makes by Format, with less work: by a format of its own it reads that each time.
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
