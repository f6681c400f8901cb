using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Lists;

/// <summary>Says what to send instead of a parameter of another API (specification, section 3.10). A pointer is given only if the operation
/// has the parameter it names, and repeats the value of the client only if that is valid there.</summary>
/// <param name="read">Returns the value of a parameter of the request, or null.</param>
/// <param name="known">The parameters of the operation.</param>
internal sealed partial class ParameterPointers(Func<string, string?> read, IReadOnlyCollection<string> known)
{
    /// <summary>Maximum length of a name to look at.</summary>
    private const int MaxNameLength = 100;

    private const string WriteCondition = "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.";

    /// <summary>Whether the operation lists batches.</summary>
    private bool IsList => Has(ApiParameters.MongoFilter);

    /// <summary>The pointer for an unknown parameter: a sentence, or an empty string.</summary>
    public string Get(string name, StringValues values)
    {
        if (name.Length > MaxNameLength)
            return "";
        var value = string.Join(',', values.ToArray());
        if (known.FirstOrDefault(one => OtherApiNames.Normalize(one) == OtherApiNames.Normalize(name)) is { } same)
        {
            return same == ApiParameters.SortBy ? Get(ParameterPurpose.Sort, name, value)!
                : same == ApiParameters.Count.Name ? GetCount(value)
                : $"Use {same}={(value.Length is > 0 and <= 100 ? Encode(value) : "…")}.";
        }
        if (OtherApiNames.FindParameter(name) is { } purpose && Get(purpose, name, value) is { } pointer)
            return pointer;
        return IsList ? GetCondition(name, values) : "";
    }

    private string? Get(ParameterPurpose purpose, string name, string value) => purpose switch
    {
        ParameterPurpose.Limit when Has(ApiParameters.Limit) => IsNumber(value, ApiParameters.Limit, out var limit)
            ? $"Use limit={limit}."
            : "Use limit, at most 1000, as in limit=50.",
        ParameterPurpose.Page when Has(ApiParameters.Page) => IsNumber(value, ApiParameters.Page, out var page)
            ? $"Use page={page}."
            : "Use page=1 for the first page: pages begin with 1.",
        ParameterPurpose.Offset when Has(ApiParameters.Page) && !IsDate(value) => GetPage(value),
        ParameterPurpose.Offset when Has(ApiParameters.Cursor) && !IsDate(value) => UseCursor,
        ParameterPurpose.Cursor when Has(ApiParameters.Cursor) && !IsDate(value) => UseCursor,
        ParameterPurpose.Back when Has(ApiParameters.Page) && !IsDate(value) => "Cursors lead forward only. Use page to go back.",
        ParameterPurpose.Offset or ParameterPurpose.Cursor or ParameterPurpose.Back when IsList && IsDate(value) =>
            $"Write conditions on dates in fields, as in fields=createdAt:gte:{FieldsSyntax.WriteValue(value)}.",
        ParameterPurpose.Filter when IsList => GetFilter(value),
        ParameterPurpose.Search when Has(ApiParameters.Search) => $"Use q={(value.Length is > 0 and <= 100 ? Encode(value) : "…")}.",
        ParameterPurpose.Keep when Has(ApiParameters.Fields) =>
            $"Use fields{(GetNames(value, "") is { } kept ? $"={kept}" : ", as in fields=batchCode,assignee")}.",
        ParameterPurpose.Exclude when Has(ApiParameters.Fields) =>
            $"Use fields with a minus{(GetNames(value, "-") is { } excluded ? $": fields={excluded}" : ", as in fields=-notes,-summary")}.",
        ParameterPurpose.Sort when IsList =>
            $"Use {SortParameters.Translate(value) ?? "sortBy, as in sortBy=-createdAt"}.",
        ParameterPurpose.Direction when IsList => GetDirection(name, value),
        ParameterPurpose.Count when Has(ApiParameters.Count) => GetCount(value),
        ParameterPurpose.Deleted when IsList => "Deleted batches are listed by GET /api/v2/batches/deleted.",
        ParameterPurpose.Ids when IsList && FieldsPointers.Translate(BatchFields.Id, "in", [value]) is { } ids => UseFields(ids),
        ParameterPurpose.Credential => "Send the credential in the header Authorization: Bearer ….",
        _ => null,
    };

    /// <summary>The pointer for <c>dir=desc</c> or <c>desc=true</c>.</summary>
    private static string GetDirection(string name, string value) =>
        (SortParameters.ParseDirection(value) ?? (value is "true" or "" ? SortParameters.ParseDirection(name) : null)) switch
        {
            true => "Use order=desc.",
            false => "Use order=asc.",
            null => "Use order=asc or order=desc.",
        };

    private static string UseCursor => "Use cursor with the nextCursor of the last response.";

    private string GetPage(string offset)
    {
        var limit = IsNumber(read(ApiParameters.Limit.Name) ?? "", ApiParameters.Limit, out var given)
            ? given
            : ApiParameters.Limit.Number!.Value.Default;
        return int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var skipped) && skipped % limit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Use page={(skipped / limit) + 1} with limit={limit}, or cursor.")
            : "Use page with limit, or cursor with the nextCursor of the last response.";
    }

    private static string? GetNames(string value, string sign)
    {
        var names = value.Split([',', ' ', '+'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => FieldsPointers.FindField(name.TrimStart('-')))
            .ToList();
        return names.Count == 0 || names.Contains(null) || (sign.Length > 0 && names.Contains(BatchFields.Id))
            ? null
            : string.Join(',', names.Select(field => $"{sign}{field}"));
    }

    private string GetFilter(string value)
    {
        if (value.StartsWith('{') && MongoFilterParser.IsValid(value))
            return $"Use p={Encode(value)}.";
        if (FieldsPointers.IsValid(value) && value.Length <= 200)
            return UseFields(value);
        return FieldsPointers.Translate(value) is { } condition ? UseFields(condition) : WriteCondition;
    }

    private static string GetCount(string value) => value.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "exact" => "Use count=exact.",
        "false" or "0" or "no" or "none" => "Use count=none.",
        _ => "Use count=exact, count=bounded or count=none.",
    };

    /// <summary>The pointer for a parameter that names a field: <c>assignee=amy</c>, <c>rating_gte=4</c>,
    /// <c>filter[rating]=4</c>.</summary>
    private string GetCondition(string name, StringValues values)
    {
        // In rating>=4, the parameter rating> has the value 4.
        if (values.Count == 1 && FieldsPointers.Translate(values[0] is { Length: > 0 } value ? $"{name}={value}" : name) is { } compared)
            return UseFields(compared);
        foreach (var match in (Match[])[Plain().Match(name), Suffixed().Match(name), Prefixed().Match(name)])
        {
            var op = match.Groups["operator"].Value;
            if (!match.Success || FieldsPointers.FindField(match.Groups["field"].Value) is not { } field
                || (op.Length > 0 && OtherApiNames.FindOperator(op) is null))
            {
                continue;
            }
            var given = values.Where(one => !string.IsNullOrEmpty(one)).ToList();
            var condition = FieldsPointers.Translate(field, op.Length > 0 ? op : given.Count > 1 ? "in" : "eq", given!);
            return condition is not null ? UseFields(condition) : $"Write conditions in fields, as in fields={field}:{GetExample(field)}.";
        }
        return "";
    }

    private string UseFields(string condition) => read(ApiParameters.Fields.Name) is { Length: > 0 }
        ? $"Add {Encode(condition)} to fields, after a comma."
        : $"Use fields={Encode(condition)}.";

    private static string GetExample(Field field) => field.Kind switch
    {
        FieldKind.Integer => "gte:4",
        FieldKind.Boolean => "true",
        FieldKind.DateTime => "gte:2026-12-01",
        _ => "amy",
    };

    private bool Has(ApiParameter parameter) => known.Contains(parameter.Name);

    private static bool IsNumber(string value, ApiParameter parameter, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= parameter.Number!.Value.Min && number <= parameter.Number.Value.Max;

    private static bool IsDate(string value) => value.Length >= 10 && Rfc3339.Parse(value) is not null;

    /// <summary>The value as it stands in a URL; other characters are left readable.</summary>
    private static string Encode(string value) => value.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("&", "%26", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal)
        .Replace("+", "%2B", StringComparison.Ordinal);

    /// <summary>A field: <c>assignee</c>, <c>assignee[]</c>, <c>filter[assignee]</c>.</summary>
    [GeneratedRegex(@"\A(?:(?:filters?|where)\[|p\.)?(?<field>\w+)\]?(?:\[\d*\])?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Plain();

    /// <summary>A field with an operator in brackets, as in <c>rating[$gte]</c>, or behind <c>_</c>, <c>__</c>, <c>.</c> or
    /// <c>:</c>.</summary>
    [GeneratedRegex(
        @"\A(?:(?:filters?|where)\[)?(?<field>\w+?)\]?(?:\[\$?(?<operator>[a-z]+)\]|(?:__|[_.:])(?<operator>[a-z]+))(?:\[\d*\])?\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Suffixed();

    /// <summary>A field behind a bound: <c>min_rating</c>, <c>maxRating</c>.</summary>
    [GeneratedRegex(@"\A(?<operator>min|max)_?(?<field>[A-Za-z]+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Prefixed();
}
