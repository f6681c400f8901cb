using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>A validated request for groups: plain data, everything that is needed to run it (specification, section 3.11).</summary>
/// <param name="Batches">The batches to group, as a list whose <c>Limit</c> is the maximum number of groups to return.</param>
/// <param name="Keys">The fields by which to group.</param>
internal sealed record GroupPlan(ListPlan Batches, IReadOnlyList<GroupKey> Keys)
{
    public static IReadOnlyList<string> Names { get; } = [.. ApiParameters.ForGroups.Select(parameter => parameter.Name)];

    /// <summary>What is read, which determines how long it takes.</summary>
    public string Extent => $"groups by {string.Join(", ", Keys)}";

    /// <param name="parameters">The parameters of the request.</param>
    /// <param name="accountId">The caller's account.</param>
    /// <param name="policy">The condition on all batches that the caller may see.</param>
    /// <param name="values">The values of relative conditions.</param>
    /// <param name="errors">Receives the errors. If there are any, the plan is meaningless.</param>
    public static GroupPlan Parse(
        QueryParameters parameters, int accountId, Condition policy, RelativeValues values, ValidationErrors errors)
    {
        var keys = GroupKeys.Parse(parameters[ApiParameters.GroupBy.Name], errors);
        var fields = FieldsParameter.ParseConditions(
            parameters[ApiParameters.Fields.Name], errors, ListRequest.HasMongoFilter(parameters));
        var request = new ListRequest(
            Limit: parameters.GetNumber(ApiParameters.GroupLimit, errors),
            Page: 1,
            SortBy: null,
            Order: null,
            FieldSet.All,
            CountMode.Exact,
            ListRequest.ParseFilters(parameters, fields.Conditions, errors));
        return new GroupPlan(ListPlanner.Plan(request, accountId, policy, values, deleted: false, errors), keys);
    }
}
