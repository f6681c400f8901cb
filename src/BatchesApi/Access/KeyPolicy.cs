using BatchesApi.Querying.Filters;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Access;

/// <summary>The policy of an API key: an object of conditions as in the parameter <c>p</c> (contract, section 6).</summary>
internal static class KeyPolicy
{
    /// <summary>Reads a policy.</summary>
    /// <param name="text">The policy as JSON; null for none.</param>
    /// <param name="faults">Gets what is wrong, under <c>policy</c> and the JSON path in it.</param>
    /// <returns>The condition; of no use where a fault was found.</returns>
    public static Condition Read(string? text, Faults faults)
    {
        if (text is null)
            return Condition.Always;
        var filter = JsonFilter.Read(new QueryParameter("policy", text), faults);
        return filter is null ? Condition.Never : FilterPlanner.Plan([filter], faults);
    }
}
