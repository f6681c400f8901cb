using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Recognizes bodies that are JSON but not a batch, so that the problem says what to send instead.</summary>
internal static class BodyShape
{
    private const string JsonApiMember = "attributes";

    /// <summary>Members that hold the resource in other APIs.</summary>
    private static readonly string[] Wrappers = ["data", "batch", "batches"];

    /// <summary>A body for messages.</summary>
    public static string GetExample(BodyPurpose purpose) => purpose switch
    {
        BodyPurpose.Change => """{"rating":4}""",
        BodyPurpose.Search => """{"p":{"rating":{"$gte":4}},"limit":100}""",
        BodyPurpose.Selection => """{"where":{"assignee":"amy"}}""",
        _ => BatchBodyReader.Example,
    };

    /// <summary>Describes a body that is not an object, and is not the array of a create.</summary>
    public static string DescribeOther(JsonElement json, BodyPurpose purpose)
    {
        var send = $"Send an object, such as {GetExample(purpose)}.";
        return json.ValueKind switch
        {
            JsonValueKind.Array when json.GetArrayLength() > 0 && json.EnumerateArray().All(IsPatchOperation) => BodyFormats.JsonPatch,
            JsonValueKind.Array =>
                $"The body must be a JSON object, but is an array. An update changes one batch: send its fields, such as "
                + $"{GetExample(purpose)}.",
            JsonValueKind.String when IsJson(json) =>
                $"The body is a JSON string that contains JSON: it was encoded twice. Encode it once. {send}",
            _ => $"The body must be a JSON object, but is {Describe(json)}. {send}",
        };
    }

    public static string Describe(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => json.GetRawText(),
    };

    /// <summary>The problem of an object without fields of a batch, one member of which contains the batch; null if there is no such
    /// member.</summary>
    public static Problem? FindWrapper(JsonElement json, BodyPurpose purpose)
    {
        var example = GetExample(purpose);
        if (IsPatchOperation(json))
            return CreateProblem("op", "is a member of JSON Patch: send the fields to set.", BodyFormats.JsonPatch);
        foreach (var member in json.EnumerateObject())
        {
            var name = JsonText.GetName(member);
            if (name is ['$', ..] && purpose != BodyPurpose.Create)
            {
                return CreateProblem(
                    name,
                    "is an operator of MongoDB: send the fields to set.",
                    $"Send the fields to set, such as {example}. "
                    + "To change a list, send {\"leadIds\":{\"add\":[\"L-1\"],\"remove\":[]}}.");
            }
            if (BatchFields.Find(name) is not null)
                continue;
            var isKnown = Wrappers.Contains(name);
            if (member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().FirstOrDefault() is var first
                && (HasField(first) || (isKnown && first.ValueKind == JsonValueKind.Object)))
            {
                return purpose == BodyPurpose.Create
                    ? CreateProblem(
                        name,
                        "must not wrap the batches: send the array alone.",
                        $"The body wraps the batches in '{name}'. To create several, send POST /api/v2/batches with the array alone: "
                        + $"[{example}].")
                    : CreateProblem(
                        name,
                        "must not wrap the batch: send its fields alone.",
                        $"The body wraps batches in '{name}'. An update changes one batch: send its fields alone, such as {example}.");
            }
            if (member.Value.ValueKind != JsonValueKind.Object)
                continue;
            if (HasMember(member.Value, JsonApiMember, JsonValueKind.Object))
            {
                return CreateProblem(
                    name,
                    "is a member of JSON:API: send the attributes alone.",
                    $"The body is a JSON:API document. Send only the members of '{name}.{JsonApiMember}', such as "
                    + $"{example}.");
            }
            if (isKnown || HasField(member.Value))
            {
                return CreateProblem(
                    name,
                    "must not wrap the batch: send its fields alone.",
                    $"The body wraps the batch in '{name}'. Send the fields alone, such as {example}.");
            }
        }
        return null;
    }

    private static Problem CreateProblem(string name, string error, string detail)
    {
        var errors = new ValidationErrors();
        errors.Add(name, error);
        return new Problem(ProblemCode.InvalidBody, detail, errors);
    }

    private static bool HasField(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
        && json.EnumerateObject().Any(member => BatchFields.Find(JsonText.GetName(member)) is { IsWritable: true });

    private static bool IsPatchOperation(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
        && HasMember(json, "op", JsonValueKind.String) && HasMember(json, "path", JsonValueKind.String);

    private static bool HasMember(JsonElement json, string name, JsonValueKind kind) =>
        json.EnumerateObject().Any(member => JsonText.GetName(member) == name && member.Value.ValueKind == kind);

    private static bool IsJson(JsonElement text)
    {
        var content = text.GetRawText().AsSpan()[1..].TrimStart();
        return content.StartsWith("{") || content.StartsWith("[");
    }
}
