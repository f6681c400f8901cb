using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Lists.Filters;

/// <summary>Parses the bracketed form of <c>p</c> (specification, section 3.7), such as <c>p[rating][$gte]=4</c>. It writes the object as
/// JSON, so that the meaning, the limits and the errors are those of <see cref="MongoFilterParser"/>.</summary>
internal sealed class BracketsParser
{
    /// <summary>Maximum number of brackets in a name: a list may add a level of JSON.</summary>
    private const int MaxBrackets = MongoFilterParser.MaxJsonDepth - 2;

    private const string Example = "Write names as in p[rating][$gte]=4, p[batchType][$in][]=a or p[$or][0][assignee]=amy.";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ValidationErrors _errors;
    private readonly Utf8JsonWriter _json;

    private BracketsParser(Utf8JsonWriter json, ValidationErrors errors) => (_json, _errors) = (json, errors);

    /// <param name="members">The parameters, one or more, by their names with brackets.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <returns>The filter, which is incomplete if there are errors.</returns>
    public static FilterNode? Parse(IReadOnlyList<KeyValuePair<string, StringValues>> members, ValidationErrors errors)
    {
        var name = members[0].Key[..members[0].Key.IndexOf('[', StringComparison.Ordinal)];
        var bytes = members.Sum(member => member.Value.Sum(value => Count(member.Key) + Count(value!)));
        if (FilterLimits.IsTooLong(name, bytes, errors))
            return null;

        var root = new Node();
        var isValid = true;
        foreach (var (key, values) in members)
            isValid &= TryAdd(root, key, values, errors);
        if (!isValid)
            return null;
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, WriterOptions);
        new BracketsParser(json, errors).WriteConditions(root, new SourceLocation(name));
        json.Flush();
        return MongoFilterParser.Parse(name, output.WrittenSpan.ToArray(), errors);
    }

    private static int Count(string text) => Encoding.UTF8.GetByteCount(text);

    private static bool TryAdd(Node root, string name, StringValues values, ValidationErrors errors)
    {
        if (!Utf16.IsWellFormed(name) || values.Any(value => !Utf16.IsWellFormed(value)))
        {
            errors.Add(name, PostgresText.Unstorable);
            return false;
        }
        if (SplitBrackets(name) is not { } path)
        {
            errors.Add(name, $"malformed brackets. {Example}");
            return false;
        }
        if (path.Count > MaxBrackets)
        {
            errors.Add(name, $"nested too deeply. The maximum is {MaxBrackets} brackets.");
            return false;
        }
        if (path.Take(path.Count - 1).Contains(""))
        {
            errors.Add(name, "brackets within a name need a number, as in p[$or][0][rating]=4.");
            return false;
        }
        path.Aggregate(root, (node, part) => node.GetOrAdd(part)).Values.AddRange(values!);
        return true;
    }

    /// <summary>The texts within the brackets of a name, or null if it is malformed.</summary>
    private static List<string>? SplitBrackets(string name)
    {
        var parts = new List<string>();
        for (var next = name.IndexOf('[', StringComparison.Ordinal); next < name.Length;)
        {
            var end = name.AsSpan(next + 1).IndexOfAny('[', ']') + next + 1;
            if (name[next] != '[' || end == next || name[end] != ']')
                return null;
            parts.Add(name[(next + 1)..end]);
            next = end + 1;
        }
        return parts;
    }

    private void WriteConditions(Node node, SourceLocation location)
    {
        if (!WriteObject(node, location, out var members))
            return;
        foreach (var (name, member) in members)
        {
            var at = location.Member(name);
            _json.WritePropertyName(name);
            if (MongoOperators.TryParse(name, out LogicalOperator _))
                WriteItems(member, at, WriteConditions);
            else if (FieldNames.Find(name) is { } field)
                WriteCondition(member, at, field, field.Kind);
            else
                WriteUnknown(member, at);
        }
        _json.WriteEndObject();
    }

    /// <summary>Writes the condition of a field: a value or an object of operators.</summary>
    private void WriteCondition(Node node, SourceLocation location, Field field, FieldKind kind)
    {
        if (node.IsObject)
            WriteOperators(node, location, field, kind);
        else
            WriteValue(node, location, kind);
    }

    private void WriteOperators(Node node, SourceLocation location, Field field, FieldKind kind)
    {
        if (!WriteObject(node, location, out var members))
            return;
        foreach (var (name, member) in members)
        {
            var at = location.Member(name);
            _json.WritePropertyName(name);
            if (!MongoOperators.TryParse(name, out FilterOperator op))
                WriteRelative(name, member, at);
            else if (op is FilterOperator.Not)
                WriteCondition(member, at, field, kind);
            else if (op is FilterOperator.ElemMatch)
                WriteCondition(member, at, field, FieldKind.Text);
            else if (op is FilterOperator.In or FilterOperator.Nin or FilterOperator.All)
                WriteList(member, at, kind == FieldKind.TextList ? FieldKind.Text : kind);
            else
                WriteValue(member, at, GetOperandKind(op, kind));
        }
        _json.WriteEndObject();
    }

    private static FieldKind GetOperandKind(FilterOperator op, FieldKind kind) => op switch
    {
        FilterOperator.Exists => FieldKind.Boolean,
        FilterOperator.Size => FieldKind.Integer,
        FilterOperator.Contains or FilterOperator.StartsWith => FieldKind.Text,
        FilterOperator.Eq or FilterOperator.Ne => kind,
        _ => kind == FieldKind.TextList ? FieldKind.Text : kind,
    };

    /// <summary>Writes a value by its type: one, or several for a list.</summary>
    private void WriteValue(Node node, SourceLocation location, FieldKind kind)
    {
        var isList = kind == FieldKind.TextList;
        if (node.IsObject)
            WriteUnknown(node, location);
        else if (node.Members.Count > 0 || (isList && (node.Values.Count > 1 || IsArray(node.Values[0]))))
            WriteList(node, location, isList ? FieldKind.Text : kind);
        else if (IsSingle(node, location))
            WriteScalar(node.Values[0], kind);
    }

    /// <summary>Writes a list of values: in brackets, as a repeated name, as a single value, or as a JSON array.</summary>
    private void WriteList(Node node, SourceLocation location, FieldKind kind)
    {
        if (node.Members.Count > 0)
        {
            WriteItems(node, location, (item, at) => WriteValue(item, at, kind));
        }
        else if (node.Values is [var only] && IsArray(only))
        {
            if (TryParse(only, JsonValueKind.Array))
            {
                _json.WriteRawValue(only, skipInputValidation: true);
                return;
            }
            location.AddError(_errors, "expected a JSON array, or the values one by one under the same name");
            _json.WriteNullValue();
        }
        else
        {
            _json.WriteStartArray();
            foreach (var value in node.Values)
                WriteScalar(value, kind);
            _json.WriteEndArray();
        }
    }

    private void WriteScalar(string value, FieldKind kind)
    {
        var text = value.Trim();
        var isText = kind is FieldKind.Text or FieldKind.DateTime or FieldKind.TextList;
        if (isText ? value == "null" : text == "null")
            _json.WriteNullValue();
        else if (isText && value is ['"', .., '"'] && TryParse(value, JsonValueKind.String))
            _json.WriteRawValue(value, skipInputValidation: true);
        else if (!isText && Unquote(text) is var plain && TryParse(plain, JsonValueKind.Number, JsonValueKind.True, JsonValueKind.False))
            _json.WriteRawValue(plain, skipInputValidation: true);
        else
            _json.WriteStringValue(value);
    }

    /// <summary>Writes the member of a relative value, or of an unknown name.</summary>
    private void WriteRelative(string name, Node node, SourceLocation location)
    {
        if (RelativeValueParser.IsName(name) && !node.IsObject && node.Members.Count == 0)
            WriteValue(node, location, RelativeValueParser.GetKind(name));
        else
            WriteUnknown(node, location);
    }

    /// <summary>Writes what belongs to an unknown name or is in the wrong place. Its values do not matter, because the parser rejects
    /// it.</summary>
    private void WriteUnknown(Node node, SourceLocation location)
    {
        if (node.IsObject && WriteObject(node, location, out var members))
        {
            foreach (var (name, member) in members)
            {
                _json.WritePropertyName(name);
                WriteRelative(name, member, location.Member(name));
            }
            _json.WriteEndObject();
        }
        else if (!node.IsObject)
        {
            WriteItems(node, location, WriteUnknown);
        }
    }

    /// <summary>Begins an object, unless the node is something else, which is written.</summary>
    private bool WriteObject(Node node, SourceLocation location, out IEnumerable<KeyValuePair<string, Node>> members)
    {
        members = node.Members;
        if (!node.IsObject)
        {
            WriteItems(node, location, WriteUnknown);
            return false;
        }
        if (node.Values.Count > 0 || node.Members.Keys.Any(Node.IsIndex))
            location.AddError(_errors, "has members and also values", Example);
        _json.WriteStartObject();
        return true;
    }

    /// <summary>Writes the items of an array in the order of their indexes, then those of <c>[]</c>; a node without items as
    /// text.</summary>
    private void WriteItems(Node node, SourceLocation location, Action<Node, SourceLocation> write)
    {
        if (node.IsObject)
        {
            WriteConditions(node, location);
            return;
        }
        if (node.Members.Count == 0)
        {
            if (IsSingle(node, location))
                _json.WriteStringValue(node.Values[0]);
            return;
        }
        if (node.Values.Count > 0)
            location.AddError(_errors, "has items and also a value", Example);
        _json.WriteStartArray();
        var indexed = node.Members.Where(member => member.Key.Length > 0)
            .OrderBy(member => int.Parse(member.Key, CultureInfo.InvariantCulture))
            .Select(member => member.Value);
        var others = node.Members.TryGetValue("", out var appended) ? appended.Values.Select(value => new Node(value)) : [];
        foreach (var (i, item) in indexed.Concat(others).Index())
            write(item, location.Item(i));
        _json.WriteEndArray();
    }

    private bool IsSingle(Node node, SourceLocation location)
    {
        if (node.Values.Count == 1)
            return true;
        location.AddError(_errors, "must not be given more than once", "Use $in for several values.");
        _json.WriteNullValue();
        return false;
    }

    /// <summary>Whether a value is meant as JSON, as in forms: no id begins like this.</summary>
    private static bool IsArray(string value) => value.AsSpan().TrimStart() is ['[' or '{', ..];

    private static string Unquote(string text) => text is ['"', .. var inner, '"'] ? inner : text;

    private static bool TryParse(string text, params ReadOnlySpan<JsonValueKind> kinds)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 2 });
            return kinds.Contains(json.RootElement.ValueKind);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A part of the object: members by name, items by index, or values.</summary>
    private sealed class Node(params IEnumerable<string> values)
    {
        /// <summary>Maximum number of digits of an index.</summary>
        private const int MaxDigits = 9;

        public OrderedDictionary<string, Node> Members { get; } = new(StringComparer.Ordinal);

        public List<string> Values { get; } = [.. values];

        /// <summary>Whether it has members by name.</summary>
        public bool IsObject => Members.Keys.Any(name => !IsIndex(name));

        /// <summary>Whether it is an index, or empty for the next one.</summary>
        public static bool IsIndex(string name) => name.Length <= MaxDigits && name.All(char.IsAsciiDigit);

        public Node GetOrAdd(string name)
        {
            if (!Members.TryGetValue(name, out var member))
                Members.Add(name, member = new Node());
            return member;
        }
    }
}
