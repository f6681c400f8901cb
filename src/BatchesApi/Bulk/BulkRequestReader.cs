using System.Globalization;
using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

/// <summary>Reads the bodies of bulk writes (specification, section 8.2).</summary>
internal static class BulkRequestReader
{
    private const string Ids = "ids";
    private const string Where = ObjectBodyReader.Where;
    private const string Search = "q";
    private const string Expect = "expect";
    private const string DryRun = "dryRun";
    private const string Set = ObjectBodyReader.Set;

    private const string SelectionExample = """{"where":{"assignee":"amy"}}""";
    private const string UpdateExample = """{"where":{"assignee":"amy"},"set":{"assignee":"ben"}}""";

    /// <summary>Maximum number of errors of one member.</summary>
    private const int MaxMessages = 20;

    private static readonly string[] SelectionMembers = [Ids, Where, Search, Expect, DryRun];

    private static readonly string[] UpdateMembers = [.. SelectionMembers, Set];

    /// <param name="reader">Reads the fields to set.</param>
    /// <param name="body">The body.</param>
    /// <param name="isUpdate">Whether the body also has the fields to set.</param>
    public static Result<BulkRequest> Read(BatchRequestReader reader, RequestBody body, bool isUpdate)
    {
        var example = isUpdate ? UpdateExample : SelectionExample;
        if (body.Content.IsEmpty)
            return new Problem(ProblemCode.MalformedBody, $"The body is empty. Send {example}.");
        return ObjectBodyReader.Read(body, isUpdate ? UpdateMembers : SelectionMembers, example, Create);

        BulkRequest? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var ids = members.TryGetValue(Ids, out var list) ? ReadIds(list, errors) : null;
            var where = members.TryGetValue(Where, out var filter) ? ReadWhere(filter, errors) : null;
            var terms = members.TryGetValue(Search, out var search) ? ReadSearch(search, errors) : [];
            CheckSelection(members, errors);
            var expected = members.TryGetValue(Expect, out var count) ? ReadExpected(count, errors) : null;
            var isDryRun = members.TryGetValue(DryRun, out var dryRun) && ReadDryRun(dryRun, errors);
            var set = members.TryGetValue(Set, out var fields) ? ObjectBodyReader.ReadSet(reader, fields, errors) : null;
            if (isUpdate && !members.ContainsKey(Set))
                errors.Add(Set, "is required: the fields to change, such as {\"assignee\":\"amy\"}.");
            var condition = where is null ? Condition.Always : FilterPlanner.Plan([where, .. terms], errors);
            return new BulkRequest(ids, condition, expected, isDryRun, set);
        }
    }

    /// <summary>The problem of the body of an undo, which has no members; or null.</summary>
    public static Problem? FindUndoProblem(RequestBody body) =>
        ObjectBodyReader.Read(body, [], "no body", (_, _) => "").Problem;

    private static void CheckSelection(Dictionary<string, JsonElement> members, ValidationErrors errors)
    {
        if (!members.ContainsKey(Ids) && !members.ContainsKey(Where))
        {
            errors.Add(
                members.ContainsKey(Search) ? Where : Ids,
                "is required: select the batches by 'ids' or by 'where', a filter as in the parameter p.");
        }
        foreach (var name in new[] { Where, Search }.Where(name => members.ContainsKey(Ids) && members.ContainsKey(name)))
            errors.Add(name, "cannot be combined with ids. Select the batches in one way.");
    }

    private static string[]? ReadIds(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            errors.Add(Ids, $"must be an array of ids, but is {ObjectBodyReader.Describe(json)}.");
            return null;
        }
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            // An invalid id is the id of no batch.
            if (item.ValueKind == JsonValueKind.String)
            {
                ids.Add(JsonText.Get(item));
            }
            else if (errors.Count(Ids) < MaxMessages)
            {
                errors.Add(Ids, string.Create(
                    CultureInfo.InvariantCulture, $"item {i} must be a string, but is {ObjectBodyReader.Describe(item)}."));
            }
        }
        if (json.GetArrayLength() == 0 || ids.Count > BulkTarget.MaxMatched)
        {
            errors.Add(Ids, string.Create(
                CultureInfo.InvariantCulture,
                $"must have 1 to {BulkTarget.MaxMatched:N0} ids, but {(ids.Count == 0 ? "is empty" : $"has {ids.Count:N0}")}."));
        }

        // PostgreSQL cannot compare text with U+0000.
        return [.. ids.Select(id => id.Replace('\0', '\uFFFD'))];
    }

    private static FilterNode? ReadWhere(JsonElement json, ValidationErrors errors)
    {
        var whereErrors = new ValidationErrors();
        var filter = ObjectBodyReader.ReadWhere(json, whereErrors);
        if (filter is not null && !HasCondition(filter) && !whereErrors.HasErrors)
            whereErrors.Add(Where, "must have a condition: a filter without one does not choose between batches.");
        foreach (var (name, messages) in whereErrors)
        {
            foreach (var message in messages)
                errors.Add(name, message);
        }
        return filter;
    }

    private static bool HasCondition(FilterNode filter) =>
        filter is not LogicalFilter { Filters: var filters } || filters.Any(HasCondition);

    private static IReadOnlyList<TermFilter> ReadSearch(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.String)
            return SearchParser.Parse(new QueryParameter(Search, JsonText.Get(json)), errors);
        errors.Add(Search, $"must be a string, but is {ObjectBodyReader.Describe(json)}.");
        return [];
    }

    private static long? ReadExpected(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Number && JsonInteger.Parse(json.GetRawText()) is >= 0 and var count)
            return count;
        errors.Add(Expect, $"must be a whole number of batches, but is {ObjectBodyReader.Describe(json)}.");
        return null;
    }

    private static bool ReadDryRun(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return json.GetBoolean();
        errors.Add(DryRun, $"must be true or false, but is {ObjectBodyReader.Describe(json)}.");
        return false;
    }
}
