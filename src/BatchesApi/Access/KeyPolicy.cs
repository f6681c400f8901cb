using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Access;

/// <summary>The policy of an API key: an object of conditions as in the parameter <c>p</c> (specification, section 6).</summary>
internal static class KeyPolicy
{
    /// <summary>Reads a policy.</summary>
    /// <param name="text">The policy as JSON; null for none.</param>
    /// <param name="errors">Gets what is wrong, under <c>policy</c> and the JSON path in it.</param>
    /// <returns>The condition; of no use where a fault was found.</returns>
    public static Condition Parse(string? text, ValidationErrors errors)
    {
        if (text is null)
            return Condition.Always;
        var filter = MongoFilterParser.Parse(new QueryParameter("policy", text), errors);
        return filter is null ? Condition.Never : FilterPlanner.Plan([filter], errors);
    }
}
