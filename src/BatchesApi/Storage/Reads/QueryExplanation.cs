using System.Text.Json.Nodes;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>How a list was found, for <c>Prefer: explain</c>. It names fields, never tables or SQL.</summary>
/// <param name="Plan">The list.</param>
/// <param name="Steps">What was done for it, in order.</param>
internal sealed record QueryExplanation(ListPlan Plan, IReadOnlyList<ExplainStep> Steps)
{
    /// <summary>The explanation as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["where"] = Plan.Where.ToString(),
        ["order"] = string.Join(", ", Plan.Order),
        ["steps"] = new JsonArray([.. Steps.Select(step => step.ToJson())]),
    };
}
