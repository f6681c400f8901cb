using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Batches;

/// <summary>Reads bodies that are JSON objects with known members, some of which are filters or fields to set: all errors, under the JSON
/// paths of the members.</summary>
internal static class ObjectBodyReader
{
    /// <summary>The name of the member with the conditions.</summary>
    public const string Where = "where";

    /// <summary>The name of the member with the fields to set.</summary>
    public const string Set = "set";

    /// <summary>Maximum number of characters of a value that a message quotes.</summary>
    private const int MaxQuotedLength = 40;

    /// <summary>A filter may be as deep as in a list, within the object.</summary>
    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = MongoFilterParser.MaxJsonDepth + 1 };

    /// <param name="body">The body; an empty one is an object without members.</param>
    /// <param name="known">The names of the members.</param>
    /// <param name="example">A body for messages.</param>
    /// <param name="create">Creates the request from the members, or returns null and adds errors.</param>
    /// <param name="keepNulls">Whether a null is a value; otherwise it is as if the member were absent.</param>
    public static Result<T> Read<T>(
        RequestBody body,
        string[] known,
        string example,
        Func<Dictionary<string, JsonElement>, ValidationErrors, T?> create,
        bool keepNulls = false)
        where T : class
    {
        using var phase = RequestPhase.Start(RequestPhase.Parse);
        return JsonBody.Read(body.Content.IsEmpty ? "{}"u8.ToArray() : body.Text, JsonOptions, BodyPurpose.Selection, Read);

        Result<T> Read(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Object)
            {
                return new Problem(
                    ProblemCode.MalformedBody, $"The body must be a JSON object, but is {BodyShape.Describe(json)}. Send {example}.");
            }
            var errors = new ValidationErrors();
            var created = create(ReadMembers(json, known, keepNulls, errors), errors);
            return errors.HasErrors ? Problem.InvalidBody(errors) : created!;
        }
    }

    /// <summary>Reads the member <c>where</c>.</summary>
    /// <returns>The filter, or null if there are errors.</returns>
    public static FilterNode? ReadWhere(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Object)
            return MongoFilterParser.Parse(Where, json, errors);
        errors.Add(Where, $"must be a filter as in the parameter p, such as {{\"assignee\":\"amy\"}}, but is {Describe(json)}.");
        return null;
    }

    /// <summary>Reads the member <c>set</c>: fields to change, except the code, which each batch has for itself.</summary>
    /// <param name="fields">Reads the fields.</param>
    /// <param name="json">The member.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <returns>The fields, or null if there are errors.</returns>
    public static BatchPatch? ReadSet(BatchRequestReader fields, JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(Set, $"must be an object with the fields to change, but is {Describe(json)}.");
            return null;
        }
        var setErrors = new ValidationErrors();
        var patch = fields.ReadChange(json, setErrors);
        if (patch.Problem is { } problem)
            setErrors = problem.Errors!;
        else if (patch.Value.Passed.Contains(BatchFields.BatchCode) && !setErrors.Has(BatchFields.BatchCode.Name))
            setErrors.Add(BatchFields.BatchCode.Name, "cannot be set here, because each batch has its own code.");
        errors.AddNested(Set, setErrors);
        return patch.Problem is null ? patch.Value : null;
    }

    /// <summary>Describes a value for messages: a number itself, and the type of any other value.</summary>
    public static string Describe(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? Utf16.Shorten(json.GetRawText(), MaxQuotedLength)
        : BodyShape.Describe(json);

    /// <summary>Describes a value for messages: a string itself in quotes, and other values as <see cref="Describe(JsonElement)"/>
    /// does.</summary>
    public static string Quote(JsonElement json) => json.ValueKind == JsonValueKind.String
        ? $"'{Utf16.Shorten(JsonText.Get(json), MaxQuotedLength)}'"
        : Describe(json);

    /// <summary>The members by name. An unknown member is an error even if the operator allows
    /// them: a misspelled <c>where</c> or <c>dryRun</c> would change batches that the client did not mean.</summary>
    private static Dictionary<string, JsonElement> ReadMembers(
        JsonElement json, string[] known, bool keepNulls, ValidationErrors errors)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (errors.IsFull)
                break;
            var name = JsonText.GetName(member);
            if (!seen.Add(name))
                errors.Add(name, "must not be given more than once.");
            else if (!known.Contains(name))
                errors.Add(name, $"is not a member of this body.{Describe(name, known)}");
            else if (keepNulls || member.Value.ValueKind != JsonValueKind.Null)
                members.Add(name, member.Value);
        }
        return members;
    }

    private static string Describe(string name, string[] known) => name switch
    {
        _ when known.Length == 0 => " Send no body.",
        "p" or "filter" when known.Contains(Where) => $" Use {Where}.",
        _ when known.Contains(Where) && BatchFields.Find(name) is { } field =>
            $" To select by the field, use {{\"{Where}\":{{\"{name}\":…}}}}."
            + (field.IsWritable && known.Contains(Set) ? $" To change it, use {{\"{Set}\":{{\"{name}\":…}}}}." : ""),
        _ => $"{Suggestion.For(name, known)} Members: {string.Join(", ", known)}.",
    };
}
