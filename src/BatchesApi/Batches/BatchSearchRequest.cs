using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Batches;

/// <summary>Documents the body of a search. <see cref="ListBodyReader"/> reads it.</summary>
[Description("The parameters of a list, all optional.")]
internal sealed record BatchSearchRequest
{
    [Description("Conditions, as in the parameter `p` of a list."), Component("Filter")]
    public JsonObject? P { get; init; }

    [Description("A text search, as in the parameter `q` of a list.")]
    public string? Q { get; init; }

    [Description("The fields to return, and conditions: terms as in the parameter `fields` of a list.")]
    public IEnumerable<string>? Fields { get; init; }

    [Description("The fields to sort by, as in the parameter `sortBy` of a list.")]
    public IEnumerable<string>? SortBy { get; init; }

    [Description("The sort directions: one for all fields in `sortBy`, or one for each.")]
    public IEnumerable<string>? Order { get; init; }

    [Description("The maximum number of records on a page. The default is 20."), Range(1, 1_000)]
    public int? Limit { get; init; }

    [Description("The page number, 1-based. The default is 1."), Range(1, int.MaxValue)]
    public int? Page { get; init; }

    [Description("The `nextCursor` of an earlier response. Cannot be combined with `page`.")]
    public string? Cursor { get; init; }

    [Description("How to count the records. The default is `bounded`."), Component(nameof(CountMode))]
    public string? Count { get; init; }
}
