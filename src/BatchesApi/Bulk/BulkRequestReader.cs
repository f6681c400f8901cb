using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

/// <summary>Reads the bodies of bulk writes: all errors, under the JSON paths of the members.</summary>
/// <param name="fields">Reads the fields to set.</param>
/// <param name="options">The options of requests.</param>
internal sealed class BulkRequestReader(BatchRequestReader fields, RequestOptions options)
{
    private const string Ids = "ids";
    private const string Where = "where";
    private const string Search = "q";
    private const string Expect = "expect";
    private const string DryRun = "dryRun";
    private const string Set = "set";

    /// <summary>Maximum number of errors of one member.</summary>
    private const int MaxMessages = 20;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = MongoFilterParser.MaxJsonDepth + 1 };

    private static readonly string[] SelectionMembers = [Ids, Where, Search, Expect, DryRun];

    private static readonly string[] UpdateMembers = [.. SelectionMembers, Set];

    /// <param name="body">The body.</param>
    /// <param name="isUpdate">Whether the body also has the fields to set.</param>
    public Result<BulkRequest> Read(RequestBody body, bool isUpdate)
    {
        var text = body.Text;
        var example = isUpdate ? """{"where":{"assignee":"amy"},"set":{"assignee":"ben"}}""" : """{"where":{"assignee":"amy"}}""";
        if (body.Content.IsEmpty)
            return Malformed($"The body is empty. Send the batches as JSON, such as {example}.");
        if (!Utf8.IsValid(text.Span))
            return Malformed(MalformedJson.DescribeEncoding(text.Span));
        try
        {
            using var json = JsonDocument.Parse(text, JsonOptions);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? Read(json.RootElement, isUpdate)
                : Malformed($"The body must be a JSON object, but is {BodyShape.Describe(json.RootElement)}. Send {example}.");
        }
        catch (JsonException exception)
        {
            return Malformed(MalformedJson.Describe(text.Span, exception, BodyPurpose.Change, JsonOptions.MaxDepth));
        }
    }

    private Result<BulkRequest> Read(JsonElement json, bool isUpdate)
    {
        var errors = new ValidationErrors();
        var members = ReadMembers(json, isUpdate, errors);
        var ids = members.TryGetValue(Ids, out var list) ? ReadIds(list, errors) : null;
        var where = members.TryGetValue(Where, out var filter) ? ReadWhere(filter, errors) : null;
        var terms = members.TryGetValue(Search, out var search) ? ReadSearch(search, errors) : [];
        if (!members.ContainsKey(Ids) && !members.ContainsKey(Where))
        {
            errors.Add(members.ContainsKey(Search) ? Where : Ids,
                "is required: select the batches by 'ids' or by 'where', a filter as in the parameter p.");
        }
        foreach (var name in new[] { Where, Search }.Where(name => members.ContainsKey(Ids) && members.ContainsKey(name)))
            errors.Add(name, "cannot be combined with ids. Select the batches in one way.");
        var expected = members.TryGetValue(Expect, out var count) ? ReadExpected(count, errors) : null;
        var isDryRun = members.TryGetValue(DryRun, out var dryRun) && ReadBoolean(DryRun, dryRun, errors);
        var set = isUpdate ? ReadSet(members, errors) : null;
        if (errors.HasErrors)
            return Problem.InvalidBody(errors);
        var condition = where is null ? Condition.Always : FilterPlanner.Plan([where, .. terms], errors);
        return errors.HasErrors ? Problem.InvalidBody(errors) : new BulkRequest(ids, condition, expected, isDryRun, set);
    }

    /// <summary>The members by name. A null is as if the member were absent.</summary>
    private Dictionary<string, JsonElement> ReadMembers(JsonElement json, bool isUpdate, ValidationErrors errors)
    {
        var known = isUpdate ? UpdateMembers : SelectionMembers;
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var name = BatchJsonReader.GetName(member);
            if (!seen.Add(name))
                errors.Add(name, "must not be given more than once.");
            else if (!known.Contains(name) && options.Strict)
                errors.Add(name, $"is not a member of this body.{Describe(name, isUpdate)}{Suggestion.For(name, known)}");
            else if (known.Contains(name) && member.Value.ValueKind != JsonValueKind.Null)
                members.Add(name, member.Value);
        }
        return members;
    }

    private static string Describe(string name, bool isUpdate) => BatchFields.Find(name) switch
    {
        { IsWritable: true } when isUpdate => $" To change the field, use {{\"set\":{{\"{name}\":…}}}}.",
        { } => $" To select by the field, use {{\"where\":{{\"{name}\":…}}}}.",
        _ => name is "p" or "filter" ? " Use where." : "",
    };

    private static string[]? ReadIds(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            errors.Add(Ids, $"must be an array of ids, but is {BodyShape.Describe(json)}.");
            return null;
        }
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            // An invalid id is the id of no batch.
            if (item.ValueKind == JsonValueKind.String)
            {
                ids.Add(ReadText(item));
            }
            else if (errors.Count(Ids) < MaxMessages)
            {
                errors.Add(Ids, string.Create(
                    CultureInfo.InvariantCulture, $"item {i} must be a string, but is {BodyShape.Describe(item)}."));
            }
        }
        if (json.GetArrayLength() == 0 || ids.Count > BulkTarget.MaxMatched)
        {
            errors.Add(Ids, string.Create(
                CultureInfo.InvariantCulture,
                $"must have 1 to {BulkTarget.MaxMatched:N0} ids, but {(ids.Count == 0 ? "is empty" : $"has {ids.Count:N0}")}."));
        }
        return [.. ids];
    }

    private static FilterNode? ReadWhere(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(
                Where,
                $"must be a filter as in the parameter p, such as {{\"assignee\":\"amy\"}}, but is {BodyShape.Describe(json)}.");
            return null;
        }
        var filter = MongoFilterParser.Parse(Where, json, errors);
        if (filter is not null && !HasCondition(filter) && !errors.HasErrors)
            errors.Add(Where, "must have a condition: a filter without one would match every batch.");
        return filter;
    }

    private static bool HasCondition(FilterNode filter) =>
        filter is not LogicalFilter { Filters: var filters } || filters.Any(HasCondition);

    private static IReadOnlyList<TermFilter> ReadSearch(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.String)
            return SearchParser.Parse(new QueryParameter(Search, ReadText(json)), errors);
        errors.Add(Search, $"must be a string, but is {BodyShape.Describe(json)}.");
        return [];
    }

    private static int? ReadExpected(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Number && JsonInteger.Parse(json.GetRawText()) is >= 0 and <= int.MaxValue and var count)
            return (int)count;
        errors.Add(Expect, $"must be a whole number of batches, but is {BodyShape.Describe(json)}.");
        return null;
    }

    private static bool ReadBoolean(string name, JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return json.GetBoolean();
        errors.Add(name, $"must be true or false, but is {BodyShape.Describe(json)}.");
        return false;
    }

    private BatchPatch? ReadSet(Dictionary<string, JsonElement> members, ValidationErrors errors)
    {
        if (!members.TryGetValue(Set, out var json))
        {
            errors.Add(Set, "is required: the fields to change, such as {\"assignee\":\"amy\"}.");
            return null;
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(Set, $"must be an object with the fields to change, but is {BodyShape.Describe(json)}.");
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

    /// <summary>The text, or U+FFFD if it escapes half of a surrogate pair.</summary>
    private static string ReadText(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static Problem Malformed(string detail) => new(ProblemCode.MalformedBody, detail);
}
