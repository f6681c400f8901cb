using System.ComponentModel;

namespace BatchesApi.Storage.Reads;

/// <summary>How a list was found. It names fields, never tables or SQL.</summary>
[Description("How the server found the records. Present with `Prefer: explain`, for a credential with the scope `write` and without "
    + "a policy.")]
internal sealed record QueryExplanation
{
    [Description("The combined filters, as the server understood them.")]
    public required string Where { get; init; }

    [Description("The sort order, including the key that makes it total.")]
    public required string Order { get; init; }

    [Description("The steps, in order.")]
    public required IReadOnlyList<ExplainStep> Steps { get; init; }
}
