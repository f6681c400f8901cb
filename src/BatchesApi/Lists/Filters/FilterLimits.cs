using System.Globalization;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>What filters may hold at most (specification, section 3), and the text that none may hold.</summary>
internal static class FilterLimits
{
    /// <summary>Bytes of <c>p</c>, decoded, in UTF-8; <c>fields</c> may be as long.</summary>
    public const int Bytes = 8 * 1024;

    /// <summary>Depth of logical operators within each other.</summary>
    public const int Depth = 8;

    /// <summary>Conditions on fields.</summary>
    public const int Conditions = 100;

    /// <summary>Values in a list.</summary>
    public const int Values = 1_000;

    /// <summary>What is wrong with text that PostgreSQL cannot hold.</summary>
    public const string Unstorable = "must not contain U+0000 or an unpaired surrogate.";

    /// <summary>Refuses a text that is too long.</summary>
    public static bool IsTooLong(QueryParameter parameter, ValidationErrors errors)
    {
        var bytes = Encoding.UTF8.GetByteCount(parameter.Value);
        if (bytes > Bytes)
            errors.Add(parameter.Name, string.Create(CultureInfo.InvariantCulture, $"must not be longer than {Bytes:N0} bytes, but has {bytes:N0}."));
        return bytes > Bytes;
    }

    /// <summary>Refuses a list with too many values.</summary>
    public static bool AreTooMany(int values, SourceLocation location, ValidationErrors errors)
    {
        if (values > Values)
            location.AddError(errors, string.Create(CultureInfo.InvariantCulture, $"must not hold more than {Values:N0} values, but has {values:N0}."));
        return values > Values;
    }

    /// <summary>Whether PostgreSQL can hold the text.</summary>
    public static bool IsStorable(string text) => !text.Contains('\0') && IsWellFormed(text);

    /// <summary>Whether every surrogate in the text has its other half.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }
        return true;
    }

    /// <summary>The number of code points in a text.</summary>
    public static int CountCodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
