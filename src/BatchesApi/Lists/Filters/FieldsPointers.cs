using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Translates conditions in the languages of other APIs to that of <c>fields</c>, for error messages. A translation is returned
/// only if it is valid and has the same meaning.</summary>
internal static partial class FieldsPointers
{
    /// <summary>Maximum length of a text to translate. A longer one is not a mistake of a person.</summary>
    public const int MaxLength = 200;

    public const string NoEndsWith = "The end of a text cannot be compared. The operators for text are contains and startsWith.";

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
            ? Translate(field, match.Groups["operator"].Value, [Read(match.Groups["value"].Value)])
            : null;
    }

    /// <summary>The condition on a field that an operator of another API means, or null.</summary>
    /// <param name="field">The field.</param>
    /// <param name="name">The operator.</param>
    /// <param name="values">The values, one or more.</param>
    public static string? Translate(Field field, string name, IReadOnlyList<TermItem> values)
    {
        if (OtherApiNames.FindOperator(name) is not { } meaning || values.Count == 0 || values.Sum(value => value.Text.Length) > MaxLength)
            return null;
        var value = values.Count == 1 ? values[0] : null;
        var isText = field.Kind == FieldKind.Text;
        var condition = meaning switch
        {
            OperatorMeaning.Eq or OperatorMeaning.Ne or OperatorMeaning.Gt or OperatorMeaning.Gte or OperatorMeaning.Lt
                or OperatorMeaning.Lte or OperatorMeaning.StartsWith or OperatorMeaning.Contains =>
                Write(field, Enum.Parse<FilterOperator>($"{meaning}"), value),
            OperatorMeaning.In => WriteIn(field, SplitList(values)),
            OperatorMeaning.Like when field.Kind == FieldKind.Integer => Write(field, FilterOperator.Eq, value),
            OperatorMeaning.Like when isText && value is not null => Write(field, TextPattern.FromLike(value.Text)),
            OperatorMeaning.Regex when isText && value is not null => Write(field, TextPattern.FromRegex(value.Text)),
            OperatorMeaning.Exists or OperatorMeaning.Missing
                when field.Kind != FieldKind.TextList && value is not null && ParseBoolean(value.Text) is { } isTrue =>
                $"{field}:{(isTrue == (meaning == OperatorMeaning.Exists) ? "ne:" : "")}null",
            OperatorMeaning.Between when SplitList(values) is [var from, var to]
                && Write(field, FilterOperator.Gte, from) is { } least && Write(field, FilterOperator.Lte, to) is { } most =>
                $"{least},{most}",
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
            ? Translate(field, value.Text, [Plain("")])
            : value.Text is ['=' or '!' or '<' or '>', ..] ? Translate($"{field}{value.Text}") : null;
    }

    /// <summary>The condition that a text of conditions means, in the language of <c>fields</c> or another; null if it is not
    /// certain.</summary>
    public static string? TranslateAll(string text) =>
        text.Length <= MaxLength && !QuotedText().Replace(text, "").Split(',', ':', '|').Any(HasStructure) && IsValid(text)
            ? text
            : Translate(text);

    /// <summary>A value without quotes.</summary>
    public static TermItem Plain(string text) => new(default, text, IsQuoted: false);

    /// <summary>The advice for an unknown field.</summary>
    public static string DescribeField(string name, string term)
    {
        if (Translate(term) is { } condition)
            return $"Use {condition}.";
        if (term.Length > MaxLength)
            return "";
        if (name == "*")
            return "All fields are returned if no name is given.";
        var names = name.Split([' ', ';'], StringSplitOptions.RemoveEmptyEntries);
        return names.Length > 1 && names.All(one => FieldNames.FindIgnoringCase(one) is not null)
            ? $"Separate names by commas: {string.Join(',', names)}."
            : FieldNames.Suggest(name);
    }

    /// <summary>The advice for an unknown operator.</summary>
    public static string DescribeOperator(Field? field, string name, Term term)
    {
        var operators = $"Operators: {string.Join(", ", FieldsOperators.Names)}.";
        var quote = "Quote values that contain ':'.";
        if (field is null)
            return $"{operators} {quote}";
        var values = term.Parts[2].Items;
        if (Translate(field, name, values) is { } condition)
            return $"Use {condition}.";
        return OtherApiNames.FindOperator(name) switch
        {
            OperatorMeaning.Nin => DescribeNin(field, values),
            OperatorMeaning.Between => $"Use two conditions, as in {field}:gte:…,{field}:lte:….",
            OperatorMeaning.EndsWith => NoEndsWith,
            OperatorMeaning.NotContains or OperatorMeaning.OtherNegation => DescribeNegation(field),
            OperatorMeaning.Like or OperatorMeaning.Regex when field.Kind == FieldKind.Text =>
                "Use contains or startsWith, which take plain text.",
            OperatorMeaning.Empty or OperatorMeaning.Exists or OperatorMeaning.Missing when field.Kind == FieldKind.TextList =>
                $"An array always has a value. For an empty one, use p={{\"{field}\":{{\"$size\":0}}}}.",
            OperatorMeaning.Empty when field.Kind == FieldKind.Text =>
                $"Use {field}:null for no value, or {field}:\"\" for an empty text.",
            OperatorMeaning.Empty => $"Use {field}:null for no value.",
            OperatorMeaning.Exists or OperatorMeaning.Missing => $"Use {field}:null for no value, or {field}:ne:null for any value.",
            _ => QuoteValue(field, term.Text) ?? $"{operators}{Suggestion.For(name, FieldsOperators.Names)} {quote}",
        };
    }

    /// <summary>The advice for <c>nin</c>, which only <c>p</c> has.</summary>
    public static string DescribeNin(Field field, IReadOnlyList<TermItem> values)
    {
        var isText = field.Kind is not (FieldKind.Integer or FieldKind.Boolean);
        var split = values.Sum(value => value.Text.Length) > MaxLength ? [] : SplitList(values);
        var items = split.Select(value => isText && (value.IsQuoted || value.Text != "null")
            ? FieldsSyntax.WriteJson(value.Text)
            : value.Text);
        var filter = $"{{\"{field}\":{{\"$nin\":[{string.Join(',', items)}]}}}}";
        return split.Count > 0 && split.All(IsCertain) && filter.Length <= MaxLength && MongoFilterParser.IsValid(filter)
            ? $"Use p={FieldsSyntax.Encode(filter)}."
            : $"Use p={{\"{field}\":{{\"$nin\":[…]}}}}.";
    }

    /// <summary>The advice for the opposite of an operator, which only <c>p</c> has.</summary>
    public static string DescribeNegation(Field field) =>
        $"Negate conditions in p, as in p={{\"{field}\":{{\"$not\":{{\"${(field.Kind == FieldKind.Text ? "contains" : "gte")}\":…}}}}}}.";

    /// <summary>The advice for a date with a time, whose colons need quotes; null for other values.</summary>
    public static string? QuoteValue(Field? field, string term)
    {
        if (field?.Kind != FieldKind.DateTime)
            return null;
        if (term.Length > MaxLength)
            return null;
        var rest = term[(term.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var end = rest.IndexOf(':', StringComparison.Ordinal);
        var condition = FieldsOperators.TryParse(rest[..end].Trim(), out var op)
            ? FieldsSyntax.Write(field, op, rest[(end + 1)..].Trim())
            : FieldsSyntax.Write(field, rest.Trim());
        return IsValid(condition) ? $"Quote the value: {condition}." : null;
    }

    /// <summary>The advice for JSON instead of terms.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="conditionsAllowed">Whether the operation has <c>p</c>.</param>
    /// <param name="hasFilter">Whether the request has <c>p</c> already.</param>
    public static string DescribeJson(string json, bool conditionsAllowed, bool hasFilter)
    {
        if (json.Length <= MaxLength && Projection().IsMatch(json))
            return "Separate names by commas, as in batchCode,assignee, or leave fields out, as in -notes.";
        if (conditionsAllowed && json.StartsWith('{'))
        {
            return !hasFilter && json.Length <= MaxLength && MongoFilterParser.IsValid(json)
                ? $"Use p={FieldsSyntax.Encode(json)}."
                : "Use p for conditions in JSON.";
        }
        var names = json.Trim('[', ']').Split(',').Select(name => Read(name).Text).ToList();
        return json.Length <= MaxLength && names.TrueForAll(name => FieldNames.FindIgnoringCase(name) is not null)
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

    private static string? Write(Field field, TextPattern? pattern) =>
        pattern is null ? null : Write(field, pattern.Operator, Plain(pattern.Text));

    private static string? Write(Field field, FilterOperator op, TermItem? value) =>
        value is null || !IsCertain(value) ? null
            : $"{field}:{(op == FilterOperator.Eq ? "" : $"{FieldsOperators.GetName(op)}:")}{WriteItem(value)}";

    private static string? WriteIn(Field field, List<TermItem> values) =>
        values.TrueForAll(IsCertain) ? $"{field}:in:{string.Join('|', values.Select(WriteItem))}" : null;

    /// <summary>A value. The word <c>null</c> in quotes is text.</summary>
    private static string WriteItem(TermItem value) =>
        value is { IsQuoted: true, Text: "null" } ? FieldsSyntax.Quote(value.Text) : FieldsSyntax.WriteValue(value.Text);

    /// <summary>Whether a value is certainly one value, and not an expression of another language.</summary>
    private static bool IsCertain(TermItem value) => value.Text.Length <= FieldsSyntax.MaxLength
        && (value.IsQuoted || !HasStructure(value.Text));

    /// <summary>Whether a text without quotes may be more than one value: an operator, a pattern, a list or several conditions.</summary>
    private static bool HasStructure(string text) =>
        Structure().IsMatch(text) || NullWord().IsMatch(text) || text.Count(one => one == '(') != text.Count(one => one == ')')
            || (Prefix().Match(text) is { Success: true } prefix && IsOperator(prefix.Groups["word"].Value));

    private static bool IsOperator(string word) =>
        OtherApiNames.FindOperator(word) is not null || word.Equals("not", StringComparison.OrdinalIgnoreCase);

    private static List<TermItem> SplitList(IEnumerable<TermItem> values) =>
    [
        .. values.SelectMany(value => value.IsQuoted
            ? [value]
            : TrimBrackets(value.Text).Split([',', '|'], StringSplitOptions.TrimEntries).Select(Read)),
    ];

    private static string TrimBrackets(string list) =>
        list.Trim() is ['(', .. var round, ')'] ? round : list.Trim() is ['[', .. var square, ']'] ? square : list;

    /// <summary>Reads a value, which may be in quotes.</summary>
    private static TermItem Read(string text)
    {
        text = text.Trim();
        return text is ['\'' or '"', .. var inner, _] && text[0] == text[^1] && !inner.Contains(text[0])
            ? new TermItem(default, inner, IsQuoted: true)
            : Plain(text);
    }

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

    /// <summary>Characters of operators, patterns and lists, and words between conditions.</summary>
    [GeneratedRegex(
        @"[;<>=!~^*{}\[\]|""\\]|&&|\A\s*[-%/'(]|,\S|\A[^']*'[^']*\z|\b(and|or|not)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Structure();

    /// <summary>A word of other APIs for no value, or for any.</summary>
    [GeneratedRegex(@"\A\s*(is[ _]?)?(not[ _]?)?(null|empty|none|nil|undefined|nan)\s*\z(?<!\A\s*null\s*)", RegexOptions.IgnoreCase)]
    private static partial Regex NullWord();

    /// <summary>A word before a value, such as <c>neq.amy</c>, <c>ne:amy</c> or <c>in (…)</c>.</summary>
    [GeneratedRegex(
        @"\A\s*((?<word>\w+)[.:(]|(?<word>not|is|in|eq|ne|neq|gt|gte|ge|lt|lte|le|like|ilike|between|contains)\s)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"""([^""\\]|\\.)*""")]
    private static partial Regex QuotedText();

    /// <summary>A projection of MongoDB, such as <c>{"rating":1}</c>.</summary>
    [GeneratedRegex(@"\A\s*\{\s*(""[\w$]+""\s*:\s*([01]|true|false)\s*,?\s*)+\}\s*\z")]
    private static partial Regex Projection();
}
