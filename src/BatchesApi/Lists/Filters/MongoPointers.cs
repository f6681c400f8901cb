using System.Text.Json;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>The advice for mistakes in <c>p</c>: broken JSON and the operators of other APIs.</summary>
internal static partial class MongoPointers
{
    private const string Example = """{"rating":{"$gte":4}}""";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = FilterLimits.MaxBytes };

    private static readonly JsonDocumentOptions Tolerant = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = FilterLimits.MaxBytes,
    };

    /// <summary>The advice for a text that is not JSON.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hasFields">Whether the request has <c>fields</c> already.</param>
    public static string DescribeText(string text, bool hasFields)
    {
        text = text.Trim();
        if (Parses(text, Strict))
            return $"JSON may be nested at most {MongoFilterParser.MaxJsonDepth} levels deep.";
        if (Parses(text, Tolerant))
            return "Remove comments and trailing commas.";
        if (text.StartsWith("%7B", StringComparison.OrdinalIgnoreCase))
            return "The value is URL-encoded twice. Encode it once.";
        if (!text.StartsWith('{'))
            return DescribeOther(text, hasFields);

        // The text is checked first: advice on the repaired text would repair it again, without end.
        if (text.Length <= FieldsSyntax.MaxLength && Repair(text) is { } repaired && Parses(repaired, Strict)
            && MongoFilterParser.IsValid(repaired))
        {
            return $"Write names and texts in double quotes: p={FieldsSyntax.Encode(repaired)}.";
        }
        return text.EndsWith('}')
            ? $"Send a JSON object, such as p={Example}."
            : $"The JSON is incomplete. Send it URL-encoded: & is %26, # is %23, + is %2B and % is %25. Example: p={Example}.";
    }

    /// <summary>The advice for JSON that is not an object.</summary>
    public static string DescribeJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String when json.GetRawText().Contains('{', StringComparison.Ordinal) =>
            "Send the object itself, not as a JSON string.",
        JsonValueKind.Array => """To combine conditions, use {"$and":[…]} or {"$or":[…]}.""",
        _ => "",
    };

    /// <summary>The advice for an unknown operator of a field.</summary>
    /// <param name="name">The operator.</param>
    /// <param name="value">Its operand.</param>
    /// <param name="field">The field, or null if it is unknown.</param>
    public static string DescribeOperator(string name, JsonElement value, Field? field)
    {
        var known = MongoOperators.Names;
        var meaning = OtherApiNames.FindOperator(name);
        var text = value.ValueKind == JsonValueKind.String ? JsonText.Decode(value) : null;
        return meaning switch
        {
            OperatorMeaning.Like or OperatorMeaning.Regex or OperatorMeaning.Contains or OperatorMeaning.StartsWith
                or OperatorMeaning.NotContains or OperatorMeaning.EndsWith when field is not null and not { Kind: FieldKind.Text } =>
                meaning == OperatorMeaning.Contains && field.Kind == FieldKind.TextList && text is not null
                    ? $"Elements are compared whole. Use {{\"$eq\":{FieldsSyntax.WriteJson(text)}}}."
                    : $"{name} requires a string field; '{field}' is {field.Kind.ToText()}.",
            OperatorMeaning.Ne when value.ValueKind == JsonValueKind.Object => "Use $not.",
            OperatorMeaning.NotContains when text is not null => $"Use {{\"$not\":{{\"$contains\":{FieldsSyntax.WriteJson(text)}}}}}.",
            OperatorMeaning.NotContains or OperatorMeaning.OtherNegation =>
                "Negate another operator, as in {\"$not\":{\"$contains\":\"x\"}}.",
            OperatorMeaning.Empty when field?.Kind == FieldKind.TextList => "Use {\"$size\":0}.",
            OperatorMeaning.Exists or OperatorMeaning.Missing when field?.Kind == FieldKind.TextList =>
                "An array always has a value. An empty one has {\"$size\":0}.",
            OperatorMeaning.Empty => "Use null for no value, and \"\" for an empty text.",
            OperatorMeaning.Like => DescribePattern(text is null ? null : TextPattern.FromLike(text)),
            OperatorMeaning.Regex => DescribePattern(text is null ? null : TextPattern.FromRegex(text)),
            OperatorMeaning.EndsWith => "The end of a text cannot be compared. The operators for text are $contains and $startsWith.",
            OperatorMeaning.RegexOptions => "Remove it: $contains and $startsWith ignore case.",
            OperatorMeaning.Search => "Use $contains for one field, or the parameter q for all of them.",
            OperatorMeaning.Value => $"Write the value itself, without {FieldsSyntax.Shorten(name)}.",
            OperatorMeaning.Between => DescribeBetween(value),
            OperatorMeaning.Missing => "Use null for no value, and {\"$ne\":null} for any value.",
            { } other when MongoOperators.TryParse($"${char.ToLowerInvariant($"{other}"[0])}{$"{other}"[1..]}", out FilterOperator op) =>
                $"Use {MongoOperators.GetName(op)}.",
            _ => known.FirstOrDefault(one => one.Length > 1 && one[1..] == name) is { } same
                ? $"Use {same}."
                : $"Operators allowed here: {string.Join(", ", known)}.{Suggestion.For(name, known)}",
        };
    }

    /// <summary>The advice for an unknown operator outside of a field.</summary>
    public static string DescribeLogical(string name) => OtherApiNames.FindOperator(name) switch
    {
        OperatorMeaning.Search => "Use $contains on a field, or the parameter q for all fields.",
        { } => $"Write operators on fields inside the field, as in {Example}.",
        null => $"Operators allowed here: {string.Join(", ", MongoOperators.LogicalNames)}."
            + Suggestion.For(name, MongoOperators.LogicalNames),
    };

    /// <summary>The advice for an unknown field.</summary>
    public static string DescribeField(string name) => OtherApiNames.Normalize(name) switch
    {
        "and" => "Use $and.",
        "or" => "Use $or.",
        "nor" => "Use $nor.",
        "not" => "Use $nor with an array of conditions.",
        _ => FieldNames.Suggest(name),
    };

    private static string DescribeBetween(JsonElement bounds) =>
        bounds.ValueKind == JsonValueKind.Array && bounds.GetArrayLength() == 2
            && bounds.EnumerateArray().All(bound => bound.ValueKind is JsonValueKind.Number or JsonValueKind.String)
            && bounds.GetRawText().Length <= FieldsSyntax.MaxLength
            ? $"Use {{\"$gte\":{bounds[0].GetRawText()},\"$lte\":{bounds[1].GetRawText()}}}."
            : "Use $gte and $lte.";

    private static string DescribePattern(TextPattern? pattern) => pattern is null
        ? "Use $contains or $startsWith, which take plain text."
        : $"Use {{\"{MongoOperators.GetName(pattern.Operator)}\":{FieldsSyntax.WriteJson(pattern.Text)}}}.";

    private static string DescribeOther(string text, bool hasFields)
    {
        if (FieldsPointers.TranslateAll(text) is not { } condition)
            return $"Send a JSON object, such as p={Example}.";
        return hasFields
            ? $"Add the term {FieldsSyntax.Encode(condition)} to fields, or send JSON such as p={Example}."
            : $"Use fields={FieldsSyntax.Encode(condition)}, or JSON such as p={Example}.";
    }

    /// <summary>Adds missing double quotes and colons, removes trailing commas, and writes Python's words in JSON; null if it is not
    /// certain, because a text has punctuation in it or a bare word is a value of a programming language.</summary>
    private static string? Repair(string text)
    {
        if (OtherWord().IsMatch(text) || QuotedText().Matches(text).Any(match => match.Value.Any(",:={}[]".Contains)))
            return null;
        text = PythonWord().Replace(text, match => match.Value switch { "None" => "null", "True" => "true", _ => "false" });
        var quoted = text.Contains('"', StringComparison.Ordinal) ? text : text.Replace('\'', '"');
        var named = QuotedName().Replace(BareName().Replace(quoted, "$1\"$2\":"), "$1$2:");
        return TrailingComma().Replace(BareWord().Replace(named, ":\"$1\"$2"), "$1");
    }

    private static bool Parses(string text, JsonDocumentOptions options)
    {
        try
        {
            using var json = JsonDocument.Parse(text, options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"'[^']*'|""[^""]*""")]
    private static partial Regex QuotedText();

    [GeneratedRegex(@"(?<=[:\[,]\s*)(None|True|False)(?=\s*[,}\]])")]
    private static partial Regex PythonWord();

    /// <summary>A word for no value, or a Boolean, in another spelling.</summary>
    [GeneratedRegex(@"[:\[,]\s*(?!(?-i:None|True|False|null|true|false)\b)(undefined|none|null|nil|nan|infinity|true|false)\s*[,}\]]",
        RegexOptions.IgnoreCase)]
    private static partial Regex OtherWord();

    [GeneratedRegex(@"([{,]\s*)([\w$]+)\s*[:=]")]
    private static partial Regex BareName();

    [GeneratedRegex(@"([{,]\s*)(""[\w$]+"")\s*=")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@",\s*([}\]])")]
    private static partial Regex TrailingComma();

    [GeneratedRegex(@":\s*(?!(?:true|false|null)\b)([A-Za-z_][\w-]*)\s*([,}\]])")]
    private static partial Regex BareWord();
}
