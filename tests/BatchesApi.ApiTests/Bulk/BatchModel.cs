using System.Collections.Immutable;
using System.Globalization;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>A batch of a <see cref="BatchModel"/>.</summary>
internal sealed class ModelBatch
{
    public string Id { get; set; } = "";

    /// <summary>The writable fields as JSON.</summary>
    public ImmutableDictionary<string, string> Values { get; set; } = ModelFields.Defaults;

    /// <summary>0 until the batch is created.</summary>
    public int Version { get; set; }

    public bool IsDeleted { get; set; }

    /// <summary>The time of the last change, as far as a response contained it.</summary>
    public string? UpdatedAt { get; set; }

    public List<ModelChange> History { get; } = [];

    public bool IsCreated => Version > 0;
}

/// <summary>A change in the history of a batch.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Version">The version that it made.</param>
/// <param name="Action">The action.</param>
/// <param name="ChangeId">The id of the bulk change, or null.</param>
/// <param name="Before">The values before it; empty before a create.</param>
/// <param name="After">The values after it.</param>
internal sealed record ModelChange(
    ModelBatch Batch,
    int Version,
    string Action,
    string? ChangeId,
    ImmutableDictionary<string, string> Before,
    ImmutableDictionary<string, string> After);

/// <param name="Batch">The batch.</param>
/// <param name="Action">The action.</param>
/// <param name="After">The values after it.</param>
internal sealed record PlannedChange(ModelBatch Batch, string Action, ImmutableDictionary<string, string> After);

/// <summary>What a write has to do.</summary>
internal sealed record Plan
{
    public IReadOnlyList<PlannedChange> Changes { get; init; } = [];

    /// <summary>The codes of the problems that the response may be, if the write has to fail.</summary>
    public ImmutableHashSet<string> Problems { get; init; } = [];

    public int Matched { get; init; }

    /// <summary>The batches that an undo has to leave alone.</summary>
    public IReadOnlyList<ModelBatch> Skipped { get; init; } = [];

    /// <summary>The batches of the response, in order.</summary>
    public IReadOnlyList<ModelBatch> Returned { get; init; } = [];

    public bool IsDryRun { get; init; }

    public static Plan Fail(string code) => new() { Problems = [code] };
}

/// <summary>The batches of an account as the specification (section 8) describes them, in memory.</summary>
/// <param name="foreignChangeId">The id of a change of another account.</param>
internal sealed class BatchModel(string foreignChangeId)
{
    private readonly Dictionary<string, List<ModelChange>> _changes = new(StringComparer.Ordinal);

    public string ForeignChangeId { get; } = foreignChangeId;

    public List<ModelBatch> Batches { get; } = [];

    /// <summary>The ids of the bulk changes, oldest first.</summary>
    public List<string> ChangeIds { get; } = [];

    /// <summary>Plans a create or an upsert.</summary>
    /// <param name="items">The passed fields of each batch.</param>
    /// <param name="onConflict">What to do if a code is taken: <c>error</c>, <c>update</c> or <c>skip</c>.</param>
    /// <param name="policy">The policy of the caller.</param>
    public Plan Create(IReadOnlyList<IReadOnlyDictionary<string, string>> items, string onConflict, Policy policy)
    {
        var codes = items.Select(item => item.GetValueOrDefault(ModelFields.Code)).ToList();
        if (codes.Contains(null)
            || codes.Distinct().Count() < codes.Count
            || items.Any(item => item.Values.Any(ModelFields.IsListChange))
            || (onConflict == "error" && items.Any(LacksType)))
        {
            return Plan.Fail("invalid_body");
        }
        var (changes, returned, problems) = (new List<PlannedChange>(), new List<ModelBatch>(), ImmutableHashSet<string>.Empty);
        foreach (var item in items)
        {
            var existing = Batches.Find(batch => !batch.IsDeleted && batch.Values[ModelFields.Code] == item[ModelFields.Code]);
            if (existing is not null && (onConflict == "error" || !policy.Permits(existing.Values)))
                problems = problems.Add("batch_code_taken");
            else if (existing is null && LacksType(item))
                problems = problems.Add("invalid_body");
            var batch = existing ?? new ModelBatch();
            returned.Add(batch);
            var after = ModelFields.Apply(batch.Values, item);
            if (existing is null)
                changes.Add(new PlannedChange(batch, "create", after));
            else if (onConflict == "update" && !ModelFields.AreEqual(after, batch.Values))
                changes.Add(new PlannedChange(batch, "update", after));
        }
        return Check(new Plan { Changes = changes, Returned = returned, Problems = problems }, policy);

        static bool LacksType(IReadOnlyDictionary<string, string> item) => !item.ContainsKey(ModelFields.Type);
    }

    /// <summary>Plans a change of several batches or of one.</summary>
    /// <param name="selected">The selected batches.</param>
    /// <param name="action">The action.</param>
    /// <param name="set">The fields to set.</param>
    /// <param name="policy">The policy of the caller.</param>
    public Plan Change(IReadOnlyList<ModelBatch> selected, string action, IReadOnlyDictionary<string, string> set, Policy policy)
    {
        var changes = selected
            .Select(batch => new PlannedChange(batch, action, ModelFields.Apply(batch.Values, set)))
            .Where(change => action != "update" || !ModelFields.AreEqual(change.After, change.Batch.Values))
            .ToList();
        return Check(new Plan { Changes = changes, Matched = selected.Count, Returned = selected }, policy);
    }

    /// <summary>Plans an undo.</summary>
    /// <param name="changeId">The id of the change.</param>
    /// <param name="policy">The policy of the caller.</param>
    public Plan Undo(string changeId, Policy policy)
    {
        var visible = _changes.GetValueOrDefault(changeId, []).Where(change => policy.Permits(change.Batch.Values)).ToList();
        if (visible.Count == 0)
            return Plan.Fail("change_not_found");
        var undone = visible
            .Where(change => change.Batch.Version == change.Version && (change.Action != "delete" || IsFree(change)))
            .ToList();
        var changes = undone.Select(change => change.Action switch
        {
            "update" => new PlannedChange(change.Batch, "update", change.Before),
            "delete" => new PlannedChange(change.Batch, "restore", change.After),
            _ => new PlannedChange(change.Batch, "delete", change.After),
        });
        return Check(
            new Plan
            {
                Changes = [.. changes],
                Matched = visible.Count,
                Skipped = [.. visible.Except(undone).Select(change => change.Batch)],
            },
            policy);

        bool IsFree(ModelChange change) =>
            !Batches.Exists(other => !other.IsDeleted && other.Values[ModelFields.Code] == change.After[ModelFields.Code]);
    }

    /// <summary>Makes planned changes.</summary>
    /// <param name="plan">The changes. New batches have their ids.</param>
    /// <param name="changeId">The id of the bulk change, or null.</param>
    public void Commit(Plan plan, string? changeId)
    {
        foreach (var (batch, action, after) in plan.Changes)
        {
            if (!batch.IsCreated)
                Batches.Add(batch);
            var before = batch.IsCreated ? batch.Values : ImmutableDictionary<string, string>.Empty;
            batch.Version++;
            batch.Values = after;
            batch.IsDeleted = action == "delete";
            batch.UpdatedAt = null;
            var change = new ModelChange(batch, batch.Version, action, changeId, before, after);
            batch.History.Add(change);
            if (changeId is not null)
                AddChange(changeId, change);
        }
    }

    private void AddChange(string changeId, ModelChange change)
    {
        if (_changes.TryGetValue(changeId, out var changes))
        {
            changes.Add(change);
            return;
        }
        _changes.Add(changeId, [change]);
        ChangeIds.Add(changeId);
    }

    /// <summary>Adds the problems that any write has: codes of active batches are unique, and the policy permits what is
    /// written.</summary>
    private Plan Check(Plan plan, Policy policy)
    {
        var problems = plan.Problems;
        if (plan.Changes.Any(change => !policy.Permits(change.After)))
            problems = problems.Add("outside_policy");
        var changed = plan.Changes.Select(change => change.Batch).ToHashSet();
        var codes = Batches.Where(batch => !batch.IsDeleted && !changed.Contains(batch)).Select(batch => batch.Values)
            .Concat(plan.Changes.Where(change => change.Action != "delete").Select(change => change.After))
            .Select(values => values[ModelFields.Code])
            .ToList();
        if (codes.Distinct().Count() < codes.Count)
            problems = problems.Add("batch_code_taken");
        return plan with { Problems = problems };
    }
}

/// <summary>Which batches a credential may see and write.</summary>
/// <param name="Json">The policy of the credential, or null.</param>
/// <param name="Permits">Whether it permits a batch with some values.</param>
internal sealed record Policy(string? Json, Func<ImmutableDictionary<string, string>, bool> Permits)
{
    public static Policy Everything { get; } = new(null, _ => true);

    public static Policy Narrow { get; } = new("""{"assignee":{"$ne":"bob"}}""", values => values["assignee"] != "\"bob\"");

    public override string ToString() => Json is null ? "" : string.Create(CultureInfo.InvariantCulture, $" with {Json}");
}
