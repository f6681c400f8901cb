using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Translates conditions in the languages of other APIs to that of <c>fields</c>, for error messages. A translation is returned
/// only if it is valid and has the same meaning.</summary>
internal static partial class FieldsPointers
{
    /// <summary>Maximum length of a text to translate. A longer one is not a mistake of a person.</summary>
    private const int MaxLength = 200;

    /// <summary>The condition that a text of another language means, such as <c>rating&gt;=4</c> or <c>rating ge 4</c>; or null.</summary>
    public static string? Translate(string text)
    {
        if (text.Length > MaxLength)
            return null;
        var match = Symbols().Match(text);
        if (!match.Success)
            match = Words().Match(text);
        if (!match.Success)
            match = Functions().Match(text);
        return match.Success && FindField(match.Groups["name"].Value) is { } field
            ? Translate(field, match.Groups["operator"].Value, [Unquote(match.Groups["value"].Value)])
            : null;
    }

    /// <summary>The condition on a field that an operator of another API means, or null.</summary>
    /// <param name="field">The field.</param>
    /// <param name="name">The operator.</param>
    /// <param name="values">The values, one or more.</param>
    public static string? Translate(Field field, string name, IReadOnlyList<string> values)
    {
        if (OtherApiNames.FindOperator(name) is not { } meaning || values.Count == 0)
            return null;
        var (value, isSingle) = (values[0], values.Count == 1);
        var condition = meaning switch
        {
            OperatorMeaning.Eq or OperatorMeaning.Ne or OperatorMeaning.Gt or OperatorMeaning.Gte or OperatorMeaning.Lt
                or OperatorMeaning.Lte or OperatorMeaning.StartsWith when isSingle =>
                FieldsSyntax.Write(field, Enum.Parse<FilterOperator>($"{meaning}"), value),
            OperatorMeaning.Contains when isSingle => FieldsSyntax.Write(field, FilterOperator.Contains, value),
            OperatorMeaning.In => $"{field}:in:{string.Join('|', values.SelectMany(SplitList).Select(FieldsSyntax.WriteValue))}",
            OperatorMeaning.Like when isSingle && field.Kind is not (FieldKind.Text or FieldKind.TextList) =>
                FieldsSyntax.Write(field, value),
            OperatorMeaning.Like when isSingle && TextPattern.FromLike(value) is { } like => Write(field, like),
            OperatorMeaning.Regex when isSingle && TextPattern.FromRegex(value) is { } regex => Write(field, regex),
            OperatorMeaning.Exists or OperatorMeaning.Missing when isSingle && ParseBoolean(value) is { } isTrue =>
                $"{field}:{(isTrue == (meaning == OperatorMeaning.Exists) ? "ne:" : "")}null",
            OperatorMeaning.Between when values.SelectMany(SplitList).ToList() is [var from, var to] =>
                $"{FieldsSyntax.Write(field, FilterOperator.Gte, from)},{FieldsSyntax.Write(field, FilterOperator.Lte, to)}",
            _ => null,
        };
        return condition is not null && IsValid(condition) ? condition : null;
    }

    /// <summary>The condition that a value with an operator before it means, such as <c>&gt;=3</c>; null for a plain value. A value of a
    /// text field may be anything.</summary>
    public static string? TranslateValue(Field field, TermItem value)
    {
        if (value.IsQuoted || field.Kind is FieldKind.Text or FieldKind.TextList)
            return null;
        return OtherApiNames.FindOperator(value.Text) is OperatorMeaning.Exists or OperatorMeaning.Missing && value.Text != "null"
            ? Translate(field, value.Text, [""])
            : value.Text is ['=' or '!' or '<' or '>', ..] ? Translate($"{field}{value.Text}") : null;
    }

    /// <summary>The advice for an unknown field.</summary>
    public static string DescribeField(string name, string term)
    {
        if (Translate(term) is { } condition)
            return $"Use {condition}.";
        if (name == "*")
            return "All fields are returned if no name is given.";
        var names = name.Split([' ', ';'], StringSplitOptions.RemoveEmptyEntries);
        return names.Length > 1 && names.All(one => FieldNames.FindIgnoringCase(one) is not null)
            ? $"Separate names by commas: {string.Join(',', names)}."
            : Suggestion.For(name, BatchFields.All.Select(field => field.Name));
    }

    /// <summary>The advice for an unknown operator.</summary>
    public static string DescribeOperator(Field? field, string name, Term term)
    {
        var operators = $"Operators: {string.Join(", ", FieldsOperators.Names)}.";
        var quote = "Quote values that contain ':'.";
        if (field is null)
            return $"{operators} {quote}";
        var values = term.Parts[2].Items.Select(item => item.Text).ToList();
        if (Translate(field, name, values) is { } condition)
            return $"Use {condition}.";
        return OtherApiNames.FindOperator(name) switch
        {
            OperatorMeaning.Nin => DescribeNin(field, values),
            OperatorMeaning.Between => $"Use two conditions, as in {field}:gte:…,{field}:lte:….",
            OperatorMeaning.EndsWith or OperatorMeaning.Like or OperatorMeaning.Regex when field.Kind == FieldKind.Text =>
                "Use contains or startsWith, which take plain text.",
            OperatorMeaning.Exists or OperatorMeaning.Missing => $"Use {field}:null for no value, or {field}:ne:null for any value.",
            _ => QuoteValue(field, term.Text) ?? $"{operators}{Suggestion.For(name, FieldsOperators.Names)} {quote}",
        };
    }

    /// <summary>The advice for <c>nin</c>, which only <c>p</c> has.</summary>
    public static string DescribeNin(Field field, IEnumerable<string> values)
    {
        var isText = field.Kind is not (FieldKind.Integer or FieldKind.Boolean);
        var items = values.SelectMany(SplitList).Select(value => isText && value != "null" ? FieldsSyntax.WriteJson(value) : value);
        var filter = $"{{\"{field}\":{{\"$nin\":[{string.Join(',', items)}]}}}}";
        return MongoFilterParser.IsValid(filter) && filter.Length <= FieldsSyntax.MaxLength
            ? $"Use p={filter}."
            : $"Use p={{\"{field}\":{{\"$nin\":[…]}}}}.";
    }

    /// <summary>The advice for a date with a time, whose colons need quotes; null for other values.</summary>
    public static string? QuoteValue(Field? field, string term)
    {
        if (field?.Kind != FieldKind.DateTime)
            return null;
        var rest = term[(term.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var end = rest.IndexOf(':', StringComparison.Ordinal);
        var condition = FieldsOperators.TryParse(rest[..end].Trim(), out var op)
            ? FieldsSyntax.Write(field, op, rest[(end + 1)..].Trim())
            : FieldsSyntax.Write(field, rest.Trim());
        return IsValid(condition) ? $"Quote the value: {condition}." : null;
    }

    /// <summary>The advice for JSON instead of terms.</summary>
    public static string DescribeJson(string json, bool conditionsAllowed)
    {
        if (conditionsAllowed && json.StartsWith('{'))
        {
            return MongoFilterParser.IsValid(json) && json.Length <= FieldsSyntax.MaxLength
                ? $"Use p={json}."
                : "Use p for conditions in JSON.";
        }
        var names = json.Trim('[', ']').Split(',').Select(Unquote).ToList();
        return names.TrueForAll(name => FieldNames.FindIgnoringCase(name) is not null)
            ? $"Use {string.Join(',', names)}."
            : "Separate names by commas, as in batchCode,assignee.";
    }

    /// <summary>Whether a text consists of valid conditions.</summary>
    public static bool IsValid(string conditions)
    {
        var errors = new ValidationErrors();
        var parsed = FieldsParameter.Parse(new QueryParameter(ApiParameters.Fields.Name, conditions), errors);
        FilterPlanner.Plan(parsed.Conditions, errors);
        return !errors.HasErrors && parsed.Conditions.Count > 0 && parsed.Keep == FieldSet.All;
    }

    /// <summary>Finds a field by its name in another style: <c>due_date</c>, <c>DueDate</c>.</summary>
    public static Field? FindField(string name)
    {
        var normalized = OtherApiNames.Normalize(name);
        return FieldNames.FindIgnoringCase(name) ?? (name.StartsWith('$') ? null : BatchFields.FindIgnoringCase(normalized));
    }

    private static string? Write(Field field, TextPattern pattern) =>
        field.Kind == FieldKind.TextList ? null : FieldsSyntax.Write(field, pattern.Operator, pattern.Text);

    private static IEnumerable<string> SplitList(string value) =>
        value.Trim('(', ')', '[', ']').Split([',', '|'], StringSplitOptions.TrimEntries).Select(Unquote);

    private static string Unquote(string text) => text.Trim() is ['\'', .. var single, '\''] ? single
        : text.Trim() is ['"', .. var inner, '"'] ? inner
        : text.Trim();

    private static bool? ParseBoolean(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "" => true,
        "false" or "0" or "no" => false,
        _ => null,
    };

    [GeneratedRegex(@"\A\s*(?<name>\w+)\s*(?<operator>[=!<>~^]{1,3})(?!\s*[=!<>~^])\s*(?<value>.*)\z", RegexOptions.Singleline)]
    private static partial Regex Symbols();

    [GeneratedRegex(@"\A\s*(?<operator>\w+)\(\s*(?<name>\w+)\s*,\s*(?<value>('[^']*'|""[^""]*""))\s*\)\s*\z")]
    private static partial Regex Functions();

    [GeneratedRegex(@"\A\s*(?<name>\w+)\s+(?<operator>\w+)\s+(?<value>.+)\z", RegexOptions.Singleline)]
    private static partial Regex Words();
}
