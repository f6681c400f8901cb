using System.Globalization;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>The limits that <c>fields</c> and <c>p</c> share (specification, sections 3.6 and 3.7).</summary>
internal static class FilterLimits
{
    /// <summary>Maximum size of a parameter in bytes: decoded, in UTF-8.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>Maximum number of conditions on fields.</summary>
    public const int MaxConditions = 100;

    /// <summary>Maximum number of values in a list.</summary>
    public const int MaxValues = 1_000;

    /// <summary>Rejects a parameter that is too long.</summary>
    public static bool IsTooLong(QueryParameter parameter, ValidationErrors errors) =>
        IsTooLong(parameter.Name, Encoding.UTF8.GetByteCount(parameter.Value), errors);

    /// <summary>Rejects a parameter that has too many bytes.</summary>
    public static bool IsTooLong(string name, int bytes, ValidationErrors errors)
    {
        if (bytes > MaxBytes)
        {
            errors.Add(
                name,
                string.Create(CultureInfo.InvariantCulture, $"too long: {bytes:N0} bytes. The maximum is {MaxBytes:N0}."));
        }
        return bytes > MaxBytes;
    }

    /// <summary>Rejects the first condition beyond the maximum.</summary>
    public static void CheckConditions(int count, SourceLocation location, ValidationErrors errors)
    {
        if (count == MaxConditions + 1)
            location.AddError(errors, "too many conditions", $"The maximum is {MaxConditions}.");
    }

    /// <summary>Rejects a list that has too many values.</summary>
    public static bool AreTooMany(int values, SourceLocation location, ValidationErrors errors)
    {
        if (values > MaxValues)
        {
            location.AddError(
                errors,
                string.Create(CultureInfo.InvariantCulture, $"too many values ({values:N0})"),
                string.Create(CultureInfo.InvariantCulture, $"The maximum is {MaxValues:N0}."));
        }
        return values > MaxValues;
    }
}
