using System.Collections.Immutable;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>A request of a <see cref="BulkStep"/>, and what it has to do.</summary>
/// <param name="Method">The method.</param>
/// <param name="Address">The address below that of the batches.</param>
/// <param name="Body">The body, or null.</param>
/// <param name="Plan">The plan.</param>
/// <param name="IfMatch">The version that the batch must have, or null.</param>
internal sealed record PlannedRequest(string Method, string Address, string? Body, Plan Plan, int? IfMatch = null);

/// <summary>A random write. It refers to batches and changes by numbers, so that it does not depend on the ids of a run.</summary>
internal abstract record BulkStep
{
    public abstract PlannedRequest Plan(BatchModel model, Policy policy);

    /// <summary>An existing element by a random number.</summary>
    protected static T? Pick<T>(IReadOnlyList<T> list, int number)
        where T : class =>
        list.Count == 0 ? null : list[number % list.Count];
}

/// <summary>A create or upsert of an array, or of one batch.</summary>
internal sealed record CreateStep(ImmutableDictionary<string, string>[] Items, string OnConflict, string Address) : BulkStep
{
    /// <summary>The address for one batch.</summary>
    public const string Single = "?";

    /// <summary>The address of creates of arrays that returns a bare array.</summary>
    public const string Bare = "";

    public const string Bulk = "/bulk/create";

    public override PlannedRequest Plan(BatchModel model, Policy policy)
    {
        var items = Address == Single ? Items[..1] : Items;
        var body = items.Select(item => ModelFields.Write(item)).ToList();
        return new PlannedRequest(
            "POST",
            $"{Address.Trim('?')}{(OnConflict == "error" ? "" : $"?onConflict={OnConflict}")}",
            Address == Single ? body[0] : $"[{string.Join(',', body)}]",
            model.Create(items, OnConflict, policy));
    }

    public override string ToString() => $"{Address} {OnConflict} {string.Join(' ', Items.Select(item => ModelFields.Write(item)))}";
}

/// <summary>A selection of batches.</summary>
/// <param name="Picks">The numbers of the batches; null if a condition selects them.</param>
/// <param name="HasUnknown">Whether an unknown id is among the ids.</param>
/// <param name="Where">The condition.</param>
/// <param name="Search">The search in addition to it, or null.</param>
internal sealed record Selection(int[]? Picks, bool HasUnknown, RandomCondition Where, string? Search)
{
    /// <summary>The batches, the JSON of the members of the body, and whether an id is not the id of a batch in question.</summary>
    public (IReadOnlyList<ModelBatch> Batches, string Json, bool IsUnknown) Resolve(BatchModel model, bool deleted, Policy policy)
    {
        var visible = model.Batches.Where(batch => batch.IsDeleted == deleted && policy.Permits(batch.Values)).ToList();
        if (Picks is null)
        {
            return (
                [.. visible.Where(batch => Where.Meets(batch.Values) && (Search is null || RandomCondition.Finds(batch.Values, Search)))],
                Search is null ? $"\"where\":{Where.Json}" : $"\"where\":{Where.Json},\"q\":\"{Search}\"",
                false);
        }
        var hasUnknown = HasUnknown || model.Batches.Count == 0;

        // Most of the selected batches are in the right state, so that many selections succeed.
        var from = hasUnknown || visible.Count == 0 || Picks[0] % 8 == 0 ? model.Batches : visible;
        var picked = from.Count == 0 ? [] : Picks.Select(pick => from[pick % from.Count]).ToList();
        var ids = picked.Select(batch => batch.Id).Concat(hasUnknown ? [TestRoutes.UnknownId] : []);
        var selected = picked.Distinct().ToList();
        return (selected, $"\"ids\":{ModelFields.Write(ids)}", hasUnknown || selected.Except(visible).Any());
    }

    public override string ToString() => Picks is null ? $"{Where.Json} {Search}" : $"[{string.Join(',', Picks)}] {HasUnknown}";
}

/// <summary>A bulk update, delete or restore.</summary>
/// <param name="Action">The action.</param>
/// <param name="Selection">The batches.</param>
/// <param name="Set">The fields to set.</param>
/// <param name="ExpectedMore">How many more batches are expected than match; null for no expectation.</param>
/// <param name="IsDryRun">Whether it is a dry run.</param>
internal sealed record BulkChangeStep(
    string Action, Selection Selection, ImmutableDictionary<string, string> Set, int? ExpectedMore, bool IsDryRun) : BulkStep
{
    public override PlannedRequest Plan(BatchModel model, Policy policy)
    {
        var (selected, json, isUnknown) = Selection.Resolve(model, deleted: Action == "restore", policy);
        var set = Action == "update" ? Set : ImmutableDictionary<string, string>.Empty;
        var expected = ExpectedMore is { } more ? Math.Max(0, selected.Count + more) : (int?)null;
        var body = $"{{{json}{(Action == "update" ? $",\"set\":{ModelFields.Write(set)}" : "")}"
            + $"{(expected is null ? "" : $",\"expect\":{expected}")}{(IsDryRun ? ",\"dryRun\":true" : "")}}}";
        var plan = set.ContainsKey(ModelFields.Code) || set.Values.Any(ModelFields.IsInvalid) ? Bulk.Plan.Fail("invalid_body")
            : isUnknown ? Bulk.Plan.Fail("batch_not_found")
            : expected is not null && expected != selected.Count ? Bulk.Plan.Fail("count_differs") with { Matched = selected.Count }
            : model.Change(selected, Action, set, policy) with { IsDryRun = IsDryRun };
        return new PlannedRequest("POST", $"/bulk/{Action}", body, plan);
    }

    public override string ToString() =>
        $"/bulk/{Action} {Selection}{(Action == "update" ? $" {ModelFields.Write(Set)}" : "")}"
        + $"{(ExpectedMore is null ? "" : $" expect {ExpectedMore:+0;-0;+0}")}{(IsDryRun ? " dryRun" : "")}";
}

/// <summary>An undo.</summary>
/// <param name="Age">How many bulk changes were done since the change to undo; -1 for an unknown change, -2 for a change of another
/// account.</param>
internal sealed record UndoStep(int Age) : BulkStep
{
    public override PlannedRequest Plan(BatchModel model, Policy policy)
    {
        var changeId = Age switch
        {
            -1 => TestRoutes.UnknownId,
            -2 => model.ForeignChangeId,
            _ => Pick(model.ChangeIds, (100 * model.ChangeIds.Count) - 1 - Age) ?? "none",
        };
        return new PlannedRequest("POST", $"/bulk/{changeId}/undo", null, model.Undo(changeId, policy));
    }

    public override string ToString() => $"undo {Age}";
}

/// <summary>A write of one batch.</summary>
/// <param name="Method">PATCH, PUT, DELETE, or POST to restore.</param>
/// <param name="Number">The number of the batch.</param>
/// <param name="Set">The fields of the body.</param>
/// <param name="NewerBy">The difference of the version in <c>If-Match</c> from that of the batch; null for no such header.</param>
internal sealed record SingleStep(string Method, int Number, ImmutableDictionary<string, string> Set, int? NewerBy) : BulkStep
{
    public override PlannedRequest Plan(BatchModel model, Policy policy)
    {
        var deleted = Method == "POST";
        var batch = Pick([.. model.Batches.Where(batch => batch.IsDeleted == deleted || Number % 8 == 0)], Number);
        var address = $"{(Method is "PATCH" or "PUT" ? "" : "/deleted")}/{batch?.Id ?? TestRoutes.UnknownId}{(deleted ? "/restore" : "")}";
        var ifMatch = batch?.Version + NewerBy;
        return new PlannedRequest(
            Method, address, Method is "PATCH" or "PUT" ? ModelFields.Write(Set) : null, PlanChange(model, batch, policy), ifMatch);
    }

    private Plan PlanChange(BatchModel model, ModelBatch? batch, Policy policy)
    {
        var isPut = Method == "PUT";
        var isInvalid = isPut
            ? !Set.ContainsKey(ModelFields.Code) || !Set.ContainsKey(ModelFields.Type) || Set.Values.Any(ModelFields.IsListChange)
            : Method == "PATCH" && Set.Values.Any(ModelFields.IsInvalid);
        if (isInvalid)
            return Bulk.Plan.Fail("invalid_body");
        if (batch is null || batch.IsDeleted != (Method == "POST") || !policy.Permits(batch.Values))
            return Bulk.Plan.Fail("batch_not_found");
        if (NewerBy is not (null or 0))
            return Bulk.Plan.Fail("version_differs");
        var (action, set) = Method switch
        {
            "DELETE" => ("delete", ImmutableDictionary<string, string>.Empty),
            "POST" => ("restore", ImmutableDictionary<string, string>.Empty),
            "PUT" => ("update", ModelFields.Defaults.SetItems(Set)),
            _ => ("update", Set),
        };
        return model.Change([batch], action, set, policy);
    }

    public override string ToString() =>
        $"{Method} {Number} {ModelFields.Write(Set)}{(NewerBy is null ? "" : $" If-Match {NewerBy:+0;-0;+0}")}";
}
