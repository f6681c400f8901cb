using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Parses the relative values of <c>p</c>: objects with one member, such as <c>{"$now":"-3d"}</c> (specification, section
/// 3.12).</summary>
internal static class RelativeValueParser
{
    private const string Now = "$now";
    private const string Today = "$today";
    private const string Me = "$me";

    /// <summary>Whether a member of an object is a relative value instead of an operator.</summary>
    public static bool IsName(string name) => name is Now or Today or Me;

    /// <summary>The type of the member in the bracketed form.</summary>
    public static FieldKind GetKind(string name) => name == Me ? FieldKind.Boolean : FieldKind.Text;

    /// <summary>An example of a condition with the value, for messages.</summary>
    public static string GetExample(string name) => name switch
    {
        Me => """{"assignee":{"$eq":{"$me":true}}}""",
        Today => """{"dueDate":{"$lt":{"$today":"+7d"}}}""",
        _ => """{"dueDate":{"$lt":{"$now":"-3d"}}}""",
    };

    /// <summary>Whether an object stands for a relative value.</summary>
    public static bool IsRelative(JsonElement json) => json.GetPropertyCount() == 1 && IsName(GetMember(json).Name);

    /// <param name="json">An object that stands for a relative value.</param>
    /// <param name="location">The location of the object.</param>
    /// <param name="errors">Receives the errors. If there are any, the value is meaningless.</param>
    public static FilterValue Parse(JsonElement json, SourceLocation location, ValidationErrors errors)
    {
        var (name, value) = GetMember(json);
        location = location.Member(name);
        return new FilterValue(
            location, name == Me ? ParseCaller(value, location, errors) : ParseTime(name == Today, value, location, errors));
    }

    private static CallerName ParseCaller(JsonElement value, SourceLocation location, ValidationErrors errors)
    {
        if (value.ValueKind != JsonValueKind.True)
            location.AddError(errors, "expected true", $"Write {GetExample(Me)}.");
        return new CallerName();
    }

    private static RelativeTime ParseTime(bool isToday, JsonElement value, SourceLocation location, ValidationErrors errors)
    {
        if (value.ValueKind == JsonValueKind.String && JsonText.Decode(value) is { } offset)
            return RelativeTime.Parse(isToday, offset, location, errors);
        location.AddError(errors, "expected a string", RelativeTime.Advice);
        return new RelativeTime(isToday, 0, 'd');
    }

    private static (string Name, JsonElement Value) GetMember(JsonElement json)
    {
        var member = json.EnumerateObject().First();
        return (JsonText.GetName(member), member.Value);
    }
}
