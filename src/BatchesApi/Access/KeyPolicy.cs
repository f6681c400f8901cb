using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Access;

/// <summary>The policy of an API key or a user: a filter object as in the parameter <c>p</c> (specification, section 6).</summary>
internal static class KeyPolicy
{
    /// <summary>The name of the member of bodies and responses, and of the errors.</summary>
    public const string Name = "policy";

    /// <param name="text">The policy as JSON, or null.</param>
    /// <param name="errors">Receives the errors, under <c>policy</c> and the JSON path in it.</param>
    /// <returns>The condition; meaningless if there are errors.</returns>
    public static Condition Parse(string? text, ValidationErrors errors)
    {
        if (text is null)
            return Condition.Always;
        var filter = MongoFilterParser.Parse(new QueryParameter(Name, text), errors);
        return filter is null ? Condition.Never : FilterPlanner.Plan([filter], errors);
    }
}
