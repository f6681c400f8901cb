using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Executes writes on the server and on a <see cref="BatchModel"/>, and compares the two.</summary>
/// <param name="client">A client without a credential.</param>
/// <param name="foreignChangeId">The id of a change of another account.</param>
/// <param name="keys">The keys of an empty account by policy.</param>
internal sealed class ModelRun(HttpClient client, string foreignChangeId, IReadOnlyDictionary<Policy, string> keys)
{
    /// <summary>The outcome of a write that changed something.</summary>
    public const string Changed = "changed";

    private const int SampleSize = 5;

    private readonly BatchModel _model = new(foreignChangeId);

    /// <summary>Executes a step.</summary>
    /// <returns>Its outcome: whether it changed something, or the code of the problem.</returns>
    public async Task<string> ExecuteAsync(BulkStep step, Policy policy)
    {
        var (method, path, body, plan, ifMatch) = step.Plan(_model, policy);
        var headers = ifMatch is null ? [] : new[] { ("If-Match", $"\"{ifMatch}\"") };
        using var response = await SendAsync(policy, method, path, body, headers);
        if (plan.Problems.Count > 0)
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.False(response.IsSuccessStatusCode, $"{text} instead of {string.Join(" or ", plan.Problems)}");
            var problem = response.Problem(text);
            var code = (string)problem["code"]!;
            Assert.Contains(code, plan.Problems);
            if (code == "count_differs")
                Assert.Equal(plan.Matched, (int?)problem["matched"]);
            return code;
        }
        var isBare = step is CreateStep { Address: not CreateStep.Bulk };
        var isCreated = isBare && plan.Changes.Any(change => change.Action == "create");
        var isDelete = step is SingleStep { Method: "DELETE" };
        var content = await response.TextAsync(
            isDelete ? HttpStatusCode.NoContent : isCreated ? HttpStatusCode.Created : HttpStatusCode.OK);
        if (isDelete)
            _model.Commit(plan, null);
        else
            await ReadAsync(step, plan, JsonNode.Parse(content)!);
        return plan.IsDryRun ? "dry run" : plan.Changes.Count > 0 ? Changed : "unchanged";
    }

    /// <summary>Compares all batches.</summary>
    public async Task AssertBatchesAsync()
    {
        foreach (var deleted in (bool[])[false, true])
        {
            var expected = _model.Batches
                .Where(batch => batch.IsDeleted == deleted)
                .OrderBy(batch => batch.Id, StringComparer.Ordinal)
                .ToList();
            var page = await GetAsync($"{(deleted ? "/deleted" : "")}?limit=1000&sortBy=id&order=asc");
            Assert.Equal(expected.Select(batch => batch.Id), page["data"]!.AsArray().Select(batch => batch!.Id()));
            foreach (var (batch, actual) in expected.Zip(page["data"]!.AsArray()))
                AssertBatch(batch, null, actual!);
        }
    }

    /// <summary>Compares all batches and their histories.</summary>
    public async Task AssertHistoriesAsync()
    {
        await AssertBatchesAsync();
        foreach (var batch in _model.Batches)
        {
            var entries = (await GetAsync($"/{batch.Id}/history?limit=1000"))["data"]!.AsArray();
            Assert.Equal(
                batch.History.AsEnumerable().Reverse().Select(change => $"{change.Version} {change.Action} {change.ChangeId}"),
                entries.Select(entry => $"{entry!["version"]} {entry["action"]} {entry["changeId"]}"));
            Assert.Equal(batch.UpdatedAt, (string?)entries[0]!["at"]);
            string? deletedAt = null;
            foreach (var (change, entry) in batch.History.Zip(entries.Reverse()))
            {
                if (change.Action == "delete")
                    deletedAt = (string?)entry!["changes"]!["deletedAt"]!["new"];
                Http.AssertSame(GetChanges(change, deletedAt), Sorted(entry!["changes"]!.AsObject()));
            }
        }
    }

    private async Task ReadAsync(BulkStep step, Plan plan, JsonNode json)
    {
        if (step is CreateStep create)
        {
            var returned = json as JsonArray ?? (create.Address == CreateStep.Bulk ? json["data"]!.AsArray() : [json.DeepClone()]);
            foreach (var (batch, actual) in plan.Returned.Zip(returned).Where(pair => !pair.First.IsCreated))
                batch.Id = actual!.Id();
            var changeId = create.Address == CreateStep.Single ? null
                : create.Address == CreateStep.Bulk ? (string?)json["changeId"]
                : await FindChangeIdAsync();
            if (create.Address == CreateStep.Bulk)
            {
                var created = plan.Changes.Count(change => change.Action == "create");
                AssertMembers(
                    json,
                    ("data", null),
                    ("created", created),
                    ("updated", plan.Changes.Count - created),
                    ("unchanged", plan.Returned.Count - plan.Changes.Count),
                    ("changeId", null));
            }
            AssertChangeId(plan, changeId, isBulk: create.Address != CreateStep.Single);
            AssertReturned(plan, returned);
            Commit(plan, changeId, returned);
        }
        else if (step is SingleStep)
        {
            AssertReturned(plan, [json.DeepClone()]);
            Commit(plan, null, [json.DeepClone()]);
        }
        else
        {
            (string, JsonNode?)[] members =
            [
                ("matched", plan.Matched), ("changed", plan.Changes.Count),
                ("unchanged", plan.Matched - plan.Changes.Count - plan.Skipped.Count), ("changeId", null), ("sample", null),
            ];
            AssertMembers(json, [.. members, .. plan.IsDryRun ? [("dryRun", true)] : MemberOfUndo(step)]);
            AssertSample(plan, json["sample"]!.AsArray());
            if (step is UndoStep)
            {
                Assert.Equal(
                    plan.Skipped.Select(batch => $"{batch.Id} {batch.Version}").Order(StringComparer.Ordinal),
                    json["skipped"]!.AsArray().Select(batch => $"{batch!["id"]} {batch["version"]}").Order(StringComparer.Ordinal));
            }
            AssertChangeId(plan, (string?)json["changeId"], isBulk: true);
            if (!plan.IsDryRun)
                Commit(plan, (string?)json["changeId"], json["sample"]!.AsArray());
        }

        static (string, JsonNode?)[] MemberOfUndo(BulkStep step) => step is UndoStep ? [("skipped", null)] : [];

        // A bare array does not contain the id of the change, but the histories do.
        async Task<string?> FindChangeIdAsync() => plan.Changes.Count == 0 ? null
            : (string?)(await GetAsync($"/{plan.Changes[0].Batch.Id}/history?limit=1"))["data"]?[0]?["changeId"];
    }

    private static void AssertChangeId(Plan plan, string? changeId, bool isBulk)
    {
        if (isBulk && plan.Changes.Count > 0 && !plan.IsDryRun)
            Assert.Matches("^[0-9a-f]{24}$", changeId ?? "null");
        else
            Assert.Null(changeId);
    }

    private static void AssertReturned(Plan plan, JsonArray returned)
    {
        Assert.Equal(plan.Returned.Count, returned.Count);
        var changes = plan.Changes.ToDictionary(change => change.Batch);
        foreach (var (batch, actual) in plan.Returned.Zip(returned))
            AssertBatch(batch, changes.GetValueOrDefault(batch), actual!);
    }

    private static void AssertSample(Plan plan, JsonArray sample)
    {
        var expected = plan.Changes.OrderBy(change => change.Batch.Id, StringComparer.Ordinal).Take(SampleSize).ToList();
        Assert.Equal(expected.Select(change => change.Batch.Id), sample.Select(batch => batch!.Id()));
        foreach (var (change, actual) in expected.Zip(sample))
            AssertBatch(change.Batch, change, actual!);
    }

    /// <summary>Compares a batch with its values before or after a change. The times are the server's.</summary>
    private static void AssertBatch(ModelBatch batch, PlannedChange? change, JsonNode actual)
    {
        var (values, isDeleted) = change is null ? (batch.Values, batch.IsDeleted) : (change.After, change.Action == "delete");
        var members = actual.AsObject().ToDictionary(member => member.Key, member => Canonical(member.Value));
        Assert.Equal($"\"{batch.Id}\"", members["id"]);
        Assert.Equal(
            values.OrderBy(value => value.Key).Select(value => $"{value.Key}: {Canonical(JsonNode.Parse(value.Value))}"),
            values.OrderBy(value => value.Key).Select(value => $"{value.Key}: {members[value.Key]}"));
        Assert.Equal(batch.Version + (change is null ? 0 : 1), (int?)actual["version"]);
        Assert.Equal(isDeleted, members.ContainsKey("deletedAt"));
        Assert.Equal(values.Count + (isDeleted ? 5 : 4), members.Count);
        if (change is not null)
            return;
        batch.UpdatedAt ??= (string?)actual["updatedAt"];
        Assert.Equal(batch.UpdatedAt, (string?)actual["updatedAt"]);
    }

    private static void AssertMembers(JsonNode json, params (string Name, JsonNode? Value)[] expected)
    {
        Assert.Equal(expected.Select(member => member.Name), json.AsObject().Select(member => member.Key));
        foreach (var (name, value) in expected.Where(member => member.Value is not null))
            Http.AssertSame(value, json[name]);
    }

    private static JsonObject GetChanges(ModelChange change, string? deletedAt)
    {
        var changes = new JsonObject();
        foreach (var (name, value) in change.After)
        {
            var before = change.Before.GetValueOrDefault(name, "null");
            if (before != value)
                changes[name] = new JsonObject { ["old"] = JsonNode.Parse(before), ["new"] = JsonNode.Parse(value) };
        }
        if (change.Action is "delete")
            changes["deletedAt"] = new JsonObject { ["old"] = null, ["new"] = deletedAt };
        else if (change.Action is "restore")
            changes["deletedAt"] = new JsonObject { ["old"] = deletedAt, ["new"] = null };
        return Sorted(changes);
    }

    private static JsonObject Sorted(JsonObject json) => new(json
        .OrderBy(member => member.Key, StringComparer.Ordinal)
        .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));

    private static string Canonical(JsonNode? json) => json?.ToJsonString() ?? "null";

    private void Commit(Plan plan, string? changeId, JsonArray returned)
    {
        _model.Commit(plan, changeId);
        foreach (var actual in returned)
            _model.Batches.Single(batch => batch.Id == actual!.Id()).UpdatedAt = (string?)actual!["updatedAt"];
    }

    private Task<JsonObject> GetAsync(string path) => SendAsync(Policy.Everything, "GET", path, null).JsonAsync();

    private Task<HttpResponseMessage> SendAsync(
        Policy policy, string method, string path, string? body, params (string Name, string Value)[] headers) => client.SendAsync(
            method, $"{Http.Batches}{path}", body, headers: [.. headers, ("Authorization", $"Bearer {keys[policy]}")]);
}
