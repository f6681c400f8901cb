using System.Globalization;

namespace BatchesApi.Domain;

/// <summary>Durations as text: a positive integer and one of the units s, m, h and d, such as <c>90d</c>.</summary>
internal static class Duration
{
    /// <summary>Returns the duration; null if the text is not one, or it is longer than the maximum.</summary>
    public static TimeSpan? Parse(string text, TimeSpan max)
    {
        TimeSpan? unit = text.Length == 0 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        return unit is { } one
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number <= max / one
            ? number * one
            : null;
    }
}
