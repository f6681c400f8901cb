using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using BatchesApi.Domain;

namespace BatchesApi.Batches;

/// <summary>Documents groups of batches. <see cref="GroupResult"/> writes them without it, because a group has only the fields by which it
/// is grouped.</summary>
[Description("Groups of batches.")]
internal sealed record GroupPageResponse
{
    [Description("The largest groups, the largest first.")]
    public required IEnumerable<BatchGroupResponse> Data { get; init; }

    [Description("The number of all groups, also of those beyond `limit`."), Example(2)]
    public required long Groups { get; init; }

    [Description("The number of batches in all groups."), Example(124)]
    public required long Total { get; init; }
}

[Description("The batches that have the same values in the fields of the parameter `by`. Only these fields are present.")]
internal sealed record BatchGroupResponse
{
    [Description("The type.")]
    public string BatchType { get; init; } = "";

    [Description("The person responsible for the batches; null if they have none.")]
    public string? Manager { get; init; }

    [Description("The person working on the batches; null if they have none.")]
    public string? Assignee { get; init; }

    [Description("How promising the batches are; null if they have no rating.")]
    public int? Rating { get; init; }

    [Description("Whether the batches recur.")]
    public bool Repeated { get; init; }

    [Description("The first day of the unit of time in which the batches are due, in UTC; null if they have no due date.")]
    [DataType(DataType.Date)]
    public string? DueDate { get; init; }

    [Description("The first day of the unit of time in which the batches were created, in UTC."), DataType(DataType.Date)]
    public string CreatedAt { get; init; } = "";

    [Description("The first day of the unit of time of the last change of the batches, in UTC."), DataType(DataType.Date)]
    public string UpdatedAt { get; init; } = "";

    [Description("The number of batches in the group."), Example(120, minimum: 1)]
    public required long Count { get; init; }
}
