using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>What relative values mean in one request (specification, section 3.12).</summary>
/// <param name="Now">The time of the request, in microseconds.</param>
/// <param name="Me">The e-mail address of the user, or the name of the API key.</param>
internal sealed record RelativeValues(DateTime Now, string Me)
{
    /// <summary>Whether every relative time has a result at this time. Only the time of a forged cursor has not.</summary>
    public static bool IsPossible(DateTime now) =>
        now >= DateTime.MinValue + RelativeTime.MaxOffset && now <= DateTime.MaxValue - RelativeTime.MaxOffset;
}

/// <summary>A value that each request resolves. Conditions contain it unresolved, so that their texts in cursors, policies and explanations
/// do not change with the time or the caller.</summary>
internal abstract record RelativeValue
{
    /// <summary>The value of a condition in a request: that of a relative value, otherwise the value itself.</summary>
    public static object Resolve(object value, RelativeValues values) => value is RelativeValue relative ? relative.Resolve(values) : value;

    /// <inheritdoc cref="Resolve(object, RelativeValues)"/>
    public static IReadOnlyList<object> Resolve(IEnumerable<object> items, RelativeValues values) =>
        [.. items.Select(item => Resolve(item, values))];

    protected abstract object Resolve(RelativeValues values);
}

/// <summary>The name of the caller.</summary>
internal sealed record CallerName : RelativeValue
{
    /// <inheritdoc/>
    public override string ToString() => "me";

    protected override object Resolve(RelativeValues values) => values.Me;
}

/// <summary>A time relative to that of the request.</summary>
/// <param name="IsToday">Whether it counts from 00:00 UTC of the day.</param>
/// <param name="Amount">How many units later, or earlier if negative.</param>
/// <param name="Unit">A letter: <c>m</c>, <c>h</c>, <c>d</c> or <c>w</c>.</param>
internal sealed partial record RelativeTime(bool IsToday, int Amount, char Unit) : RelativeValue
{
    private const string NowWord = "now";
    private const string TodayWord = "today";

    /// <summary>How the client writes an offset, for messages.</summary>
    public const string Advice = "Write a sign, a number and m, h, d or w, such as -3d or +7d. +0d is the time itself.";

    /// <summary>Maximum offset. The year of the result needs four digits.</summary>
    public static readonly TimeSpan MaxOffset = TimeSpan.FromDays(365_000);

    private TimeSpan Offset => Amount * GetUnit(Unit);

    /// <summary>Whether a bare value of <c>fields</c> is meant as a relative time. No other value of a date begins with a
    /// letter.</summary>
    public static bool IsWord(string word) =>
        word.StartsWith(NowWord, StringComparison.Ordinal) || word.StartsWith(TodayWord, StringComparison.Ordinal);

    /// <summary>Parses a word of <c>fields</c>: <c>now</c>, <c>today</c>, or one of them with an offset.</summary>
    /// <param name="word">A text for which <see cref="IsWord"/> holds.</param>
    /// <param name="location">The location of the word.</param>
    /// <param name="errors">Receives the error. If there is one, the time is meaningless.</param>
    public static RelativeTime ParseWord(string word, SourceLocation location, ValidationErrors errors)
    {
        var isToday = word.StartsWith(TodayWord, StringComparison.Ordinal);
        var offset = word[(isToday ? TodayWord : NowWord).Length..];
        return offset.Length == 0 ? new RelativeTime(isToday, 0, 'd') : Parse(isToday, offset, location, errors);
    }

    /// <summary>Parses an offset such as <c>-3d</c>. A space is a plus that the client did not encode.</summary>
    /// <param name="isToday">Whether the time counts from 00:00 UTC of the day.</param>
    /// <param name="offset">The offset.</param>
    /// <param name="location">The location of the value.</param>
    /// <param name="errors">Receives the error. If there is one, the time is meaningless.</param>
    public static RelativeTime Parse(bool isToday, string offset, SourceLocation location, ValidationErrors errors)
    {
        var match = Grammar().Match(offset);
        if (!match.Success)
        {
            location.AddError(errors, $"invalid offset '{FieldsSyntax.Shorten(offset)}'", Advice);
            return new RelativeTime(isToday, 0, 'd');
        }
        var unit = match.Groups["unit"].Value[0];
        if (!int.TryParse(match.Groups["amount"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            || amount > MaxOffset / GetUnit(unit))
        {
            location.AddError(
                errors,
                $"offset '{FieldsSyntax.Shorten(offset)}' out of range",
                string.Create(CultureInfo.InvariantCulture, $"The maximum is {MaxOffset.TotalDays:N0} days."));
            return new RelativeTime(isToday, 0, 'd');
        }
        return new RelativeTime(isToday, match.Groups["sign"].ValueSpan is "-" ? -amount : amount, unit);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(IsToday ? TodayWord : NowWord)}{(Amount == 0 ? "" : $"{Amount:+0;-0}{Unit}")}");

    protected override object Resolve(RelativeValues values) => (IsToday ? values.Now.Date : values.Now) + Offset;

    private static TimeSpan GetUnit(char unit) => unit switch
    {
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => TimeSpan.FromDays(7),
    };

    [GeneratedRegex(@"\A(?<sign>[-+ ])(?<amount>[0-9]+)(?<unit>m|h|d|w)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
