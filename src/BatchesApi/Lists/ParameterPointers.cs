using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Lists;

/// <summary>Says what to send instead of a parameter of another API (specification, section 3.10). A pointer is given only if the operation
/// has the parameter it names, and repeats the value of the client only if that is valid there.</summary>
/// <param name="names">The names of all parameters of the request.</param>
/// <param name="getValues">Gets the values of a parameter of the request.</param>
/// <param name="known">The parameters of the operation.</param>
internal sealed partial class ParameterPointers(
    IEnumerable<string> names, Func<string, StringValues> getValues, IReadOnlyCollection<string> known)
{
    /// <summary>Maximum length of a name to look at.</summary>
    private const int MaxNameLength = 100;

    private const string WriteCondition = "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.";
    private const string WriteNames = "Name the fields to return in fields, as in fields=batchCode,assignee.";
    private const string WriteSort = "Name the fields to sort by in sortBy, as in sortBy=-createdAt.";
    private const string WriteOrder = "Use order=desc or order=asc.";
    private const string WriteSearch = "Search in q, as in q=amy.";
    private const string UsePage = "Use page with limit, or cursor with the nextCursor of the last response.";
    private const string UseCursor = "Use cursor with the nextCursor of the last response.";

    /// <summary>What a parameter of the operation is for, so that its name in another style, such as <c>sort_by</c>, is treated like the
    /// words of other APIs.</summary>
    private static readonly Dictionary<string, ParameterPurpose> Purposes = new()
    {
        [ApiParameters.Limit.Name] = ParameterPurpose.Limit,
        [ApiParameters.Page.Name] = ParameterPurpose.Page,
        [ApiParameters.SortBy] = ParameterPurpose.Sort,
        [ApiParameters.Order.Name] = ParameterPurpose.Direction,
        [ApiParameters.Fields.Name] = ParameterPurpose.Keep,
        [ApiParameters.MongoFilter.Name] = ParameterPurpose.Filter,
        [ApiParameters.Search.Name] = ParameterPurpose.Search,
        [ApiParameters.Cursor.Name] = ParameterPurpose.Cursor,
        [ApiParameters.Count.Name] = ParameterPurpose.Count,
        [ApiParameters.GroupBy.Name] = ParameterPurpose.Group,
    };

    /// <summary>The names in the request by purpose; those of fields have none. A value is certain only if no other parameter is for the
    /// same.</summary>
    private readonly Lazy<ILookup<ParameterPurpose?, string>> _given = new(() => names.ToLookup(FindPurpose));

    /// <summary>Whether the operation lists or groups batches.</summary>
    private bool IsList => Has(ApiParameters.MongoFilter);

    private bool IsGroups => Has(ApiParameters.GroupBy);

    /// <summary>The pointer for an unknown parameter: a sentence, or an empty string.</summary>
    public string Get(string name, StringValues values)
    {
        // A name such as -q means the opposite.
        if (name.Length is 0 or > MaxNameLength || !(char.IsAsciiLetterOrDigit(name[0]) || name[0] is '_' or '$'))
            return "";
        var value = string.Join(',', values.ToArray());
        value = value.Length > FieldsPointers.MaxLength ? "" : value;
        return FindPurpose(name) is { } purpose && Get(purpose, name, values, value) is { } pointer ? pointer
            : IsList ? GetCondition(name, values)
            : "";
    }

    private string? Get(ParameterPurpose purpose, string name, StringValues values, string value) => purpose switch
    {
        ParameterPurpose.Limit when Has(ApiParameters.Limit) => IsOnly(purpose) && IsNumber(value, ApiParameters.Limit, out var limit)
            ? $"Use limit={limit}."
            : "Use limit, at most 1000, as in limit=50.",
        ParameterPurpose.Page when Has(ApiParameters.Page) => GetPage(name, value),
        ParameterPurpose.Offset when Has(ApiParameters.Page) && !IsDate(value) => GetPageAt(value),
        ParameterPurpose.Offset when Has(ApiParameters.Cursor) && !IsDate(value) => UseCursor,
        ParameterPurpose.Cursor when Has(ApiParameters.Cursor) && !IsDate(value) => UseCursor,
        ParameterPurpose.Back when Has(ApiParameters.Page) && !IsDate(value) => "Cursors lead forward only. Use page to go back.",
        ParameterPurpose.Offset or ParameterPurpose.Cursor or ParameterPurpose.Since when IsList && IsDate(value) => GetDate("gte", value),
        ParameterPurpose.Back or ParameterPurpose.Until when IsList && IsDate(value) => GetDate("lt", value),
        ParameterPurpose.Filter when IsList => GetFilter(values.Count == 1 ? value : ""),
        ParameterPurpose.Search when Has(ApiParameters.Search) =>
            IsOnly(purpose) && values.Count == 1 && IsSearch(value) ? $"Use q={FieldsSyntax.Encode(value)}." : WriteSearch,
        ParameterPurpose.Keep when Has(ApiParameters.Fields) && !IsGroups =>
            CanName && GetNames(value, "") is { } kept ? UseFields(kept) : WriteNames,
        ParameterPurpose.Exclude when Has(ApiParameters.Fields) && !IsGroups => CanName && GetNames(value, "-") is { } excluded
            ? UseFields(excluded)
            : "Leave fields out with a minus, as in fields=-notes,-summary.",
        ParameterPurpose.Sort when IsList && !IsGroups =>
            IsOnly(purpose) && SortParameters.Translate(value, isForeign: true, HasAny(ParameterPurpose.Direction)) is { } sort
                ? $"Use {sort}."
                : WriteSort,
        ParameterPurpose.Direction when IsList && !IsGroups => GetDirection(name, value),
        ParameterPurpose.Count when Has(ApiParameters.Count) => GetCount(IsOnly(purpose) ? value : ""),
        ParameterPurpose.Group when IsGroups => GetGroups(value),
        ParameterPurpose.Group when IsList => "GET /api/v2/batches/groups?by=assignee counts the batches of each assignee.",
        ParameterPurpose.Deleted when IsGroups => "Only active batches are grouped.",
        ParameterPurpose.Deleted when IsList =>
            "GET /api/v2/batches lists the active batches, and GET /api/v2/batches/deleted the deleted ones.",
        ParameterPurpose.Ids when IsList && FieldsPointers.Translate(BatchFields.Id, "in", Read(values)) is { } ids => UseFields(ids),
        ParameterPurpose.Credential => "Send the credential in the header Authorization: Bearer ….",
        _ => null,
    };

    private static ParameterPurpose? FindPurpose(string name)
    {
        if (name.Length > MaxNameLength)
            return null;
        if (Purposes.TryGetValue(name, out var own))
            return own;
        var normalized = OtherApiNames.Normalize(name);
        foreach (var (one, purpose) in Purposes)
        {
            if (OtherApiNames.Normalize(one) == normalized)
                return purpose;
        }
        return OtherApiNames.FindParameter(name);
    }

    private bool HasAny(ParameterPurpose purpose) => _given.Value[purpose].Any();

    /// <summary>Whether the request has one parameter for the purpose, the unknown one.</summary>
    private bool IsOnly(ParameterPurpose purpose) => _given.Value[purpose].Count() == 1;

    /// <summary>Whether no other parameter names fields.</summary>
    private bool CanName =>
        _given.Value[ParameterPurpose.Keep].Concat(_given.Value[ParameterPurpose.Exclude]).Count(IsUsed) == 1;

    private bool IsUsed(string name) => getValues(name).Any(value => !string.IsNullOrEmpty(value));

    /// <summary>The pointer for <c>dir=desc</c> or <c>desc=true</c>.</summary>
    private string GetDirection(string name, string value)
    {
        if (_given.Value[ParameterPurpose.Sort].Any(sort => SortParameters.IsSigned(getValues(sort).ToString())))
            return "The signs in sortBy give the directions.";
        var isDirection = name.TrimStart('$').ToLowerInvariant() is "asc" or "desc" or "ascending" or "descending" or "reverse";
        var descending = isDirection
            ? value is "true" ? SortParameters.ParseDirection(name) : null
            : SortParameters.ParseDirection(value);
        return !IsOnly(ParameterPurpose.Direction) || descending is null ? WriteOrder
            : descending == true ? "Use order=desc."
            : "Use order=asc.";
    }

    private string GetPage(string name, string value) =>

        // An index of pages may begin with 0.
        IsOnly(ParameterPurpose.Page) && !HasAny(ParameterPurpose.Cursor) && IsNumber(value, ApiParameters.Page, out var page)
            && !name.Contains("index", StringComparison.OrdinalIgnoreCase)
            ? $"Use page={page}."
            : "Use page. Pages begin with 1, as in page=1.";

    /// <summary>The pointer for the number of records to skip.</summary>
    private string GetPageAt(string offset)
    {
        var sizes = _given.Value[ParameterPurpose.Limit].ToList();
        var limit = sizes.Count == 0 ? ApiParameters.Limit.Number!.Value.Default
            : sizes.Count == 1 && IsNumber(getValues(sizes[0]).ToString(), ApiParameters.Limit, out var given) ? given
            : 0;
        if (limit == 0 || !IsOnly(ParameterPurpose.Offset) || HasAny(ParameterPurpose.Page) || HasAny(ParameterPurpose.Cursor)
            || HasAny(ParameterPurpose.Until)
            || !int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var skipped) || skipped % limit != 0)
        {
            return UsePage;
        }
        var page = ((long)skipped / limit) + 1;
        return page > int.MaxValue
            ? UsePage
            : string.Create(CultureInfo.InvariantCulture, $"Use page={page} with limit={limit}, or cursor.");
    }

    private static string GetDate(string op, string value) =>
        $"Write conditions on dates in fields, as in fields=createdAt:{op}:{FieldsSyntax.Encode(FieldsSyntax.WriteValue(value))}.";

    /// <summary>The names of fields, all kept or all left out; null if it is not certain.</summary>
    private static string? GetNames(string value, string sign)
    {
        var names = value.Split([',', ' ', '+'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (sign.Length == 0 && names.Length > 0 && Array.TrueForAll(names, name => name.StartsWith('-')))
            (sign, names) = ("-", [.. names.Select(name => name[1..])]);
        if (Array.Exists(names, name => name.StartsWith('-')))
            return null;
        var fields = names.Select(FieldsPointers.FindField).ToList();
        return fields.Count == 0 || fields.Contains(null) || (sign.Length > 0 && fields.Contains(BatchFields.Id))
            ? null
            : string.Join(',', fields.Select(field => $"{sign}{field}"));
    }

    private string GetFilter(string value)
    {
        var hasFilter = HasAny(ParameterPurpose.Filter) && !IsOnly(ParameterPurpose.Filter);
        if (value.StartsWith('{'))
        {
            var hasBrackets = names.Any(name => name.StartsWith("p[", StringComparison.OrdinalIgnoreCase));
            return !hasFilter && !hasBrackets && MongoFilterParser.IsValid(value) ? $"Use p={FieldsSyntax.Encode(value)}." : WriteCondition;
        }
        return FieldsPointers.TranslateAll(value) is { } condition ? UseFields(condition) : WriteCondition;
    }

    /// <summary>Whether a text of another API is certainly a search for its words.</summary>
    private static bool IsSearch(string value)
    {
        var errors = new ValidationErrors();
        return SearchParser.Parse(new QueryParameter(ApiParameters.Search.Name, value), errors).Count > 0 && !errors.HasErrors
            && !value.Any("{}[]()<>=:\"*|~^!;\\".Contains)
            && !value.Split(' ').Any(word => word is ['-' or '+', ..] or "AND" or "OR" or "NOT");
    }

    private string GetGroups(string value)
    {
        var errors = new ValidationErrors();
        GroupKeys.Parse(new QueryParameter(ApiParameters.GroupBy.Name, value), errors);
        return IsOnly(ParameterPurpose.Group) && !errors.HasErrors
            ? $"Use by={FieldsSyntax.Encode(value)}."
            : "Name the fields to group by in by, as in by=assignee.";
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
        // In rating>=4, the parameter rating> has the value 4, and in rating>4, the parameter has no value.
        if (values.Count <= 1 && name.Any("<>!=~^".Contains))
        {
            var text = values.ToString() is { Length: > 0 } right ? $"{name}={right}" : name;
            return FieldsPointers.Translate(text) is { } compared ? UseFields(compared) : "";
        }
        foreach (var match in (Match[])[Plain().Match(name), Suffixed().Match(name), Prefixed().Match(name)])
        {
            var op = match.Groups["operator"].Value;
            if (!match.Success || FieldsPointers.FindField(match.Groups["field"].Value) is not { } field
                || (op.Length > 0 && OtherApiNames.FindOperator(op) is null))
            {
                continue;
            }
            var given = Read(values);
            op = op.Length > 0 ? op : given.Count > 1 ? "in" : "eq";
            return FieldsPointers.Translate(field, op, given) is { } condition ? UseFields(condition)
                : op == "eq" && given is [var only] && TranslateValue(field, only.Text) is { } other ? UseFields(other)
                : DescribeCondition(field, op, given);
        }
        return "";
    }

    /// <summary>The condition that a value with an operator means: <c>&lt;4</c> or <c>neq.amy</c>.</summary>
    private static string? TranslateValue(Field field, string value)
    {
        if (field.Kind is FieldKind.Integer or FieldKind.DateTime && value is ['<' or '>' or '!', ..])
            return FieldsPointers.Translate($"{field}{value}");
        var match = Operator().Match(value);
        return match.Success
            ? FieldsPointers.Translate(field, match.Groups["operator"].Value, [FieldsPointers.Plain(match.Groups["value"].Value)])
            : null;
    }

    private static string DescribeCondition(Field field, string op, List<TermItem> values) => OtherApiNames.FindOperator(op) switch
    {
        OperatorMeaning.Nin => FieldsPointers.DescribeNin(field, values),
        OperatorMeaning.NotContains or OperatorMeaning.OtherNegation => FieldsPointers.DescribeNegation(field),
        OperatorMeaning.Ne => $"Write conditions in fields, as in fields={field}:ne:{GetExample(field).Split(':')[^1]}.",
        OperatorMeaning.EndsWith => FieldsPointers.NoEndsWith,
        OperatorMeaning.Eq or OperatorMeaning.In or OperatorMeaning.Gt or OperatorMeaning.Gte or OperatorMeaning.Lt
            or OperatorMeaning.Lte =>
            $"Write conditions in fields, as in fields={field}:{GetExample(field)}.",
        _ => WriteCondition,
    };

    private static List<TermItem> Read(StringValues values) =>
        [.. values.Where(value => !string.IsNullOrEmpty(value)).Select(value => FieldsPointers.Plain(value!))];

    /// <summary>The pointer for terms of <c>fields</c>. If there are others, the terms must not replace them.</summary>
    private string UseFields(string terms)
    {
        var others = _given.Value[ParameterPurpose.Keep].Concat(_given.Value[ParameterPurpose.Exclude])
            .Concat(_given.Value[ParameterPurpose.Filter]).Concat(_given.Value[ParameterPurpose.Ids]).Concat(_given.Value[null]);
        return others.Where(other => IsUsed(other) || !known.Contains(other)).Skip(1).Any()
            ? $"Add {FieldsSyntax.Encode(terms)} to fields, after a comma if it has other terms."
            : $"Use fields={FieldsSyntax.Encode(terms)}.";
    }

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

    /// <summary>A field: <c>assignee</c>, <c>assignee[]</c>, <c>filter[assignee]</c>.</summary>
    [GeneratedRegex(@"\A(?:(?:filters?|where)\[|p\.)?(?<field>\w+)\]?(?:\[\d*\])?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Plain();

    /// <summary>A field with an operator in brackets, as in <c>rating[$gte]</c>, or behind <c>_</c>, <c>__</c>, <c>.</c> or
    /// <c>:</c>.</summary>
    [GeneratedRegex(
        @"\A(?:(?:filters?|where)\[)?(?<field>\w+?)\]?(?:\[\$?(?<operator>[a-z]+)\]|(?:__|[_.:])(?<operator>[a-z]+))(?:\[\d*\])?\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Suffixed();

    /// <summary>An operator before a value.</summary>
    [GeneratedRegex(@"\A(?<operator>eq|ne|neq|gt|gte|lt|lte|in|is|like|ilike)[.:](?<value>.+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Operator();

    /// <summary>A field behind a bound: <c>min_rating</c>, <c>maxRating</c>.</summary>
    [GeneratedRegex(@"\A(?<operator>min|max)_?(?<field>[A-Za-z]+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Prefixed();
}
