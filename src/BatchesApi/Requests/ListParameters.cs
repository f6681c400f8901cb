using BatchesApi.Model;

namespace BatchesApi.Requests;

/// <summary>The one catalogue of the parameters of lists (contract, section 3): <see cref="ListRequest"/> knows them by it, and the
/// OpenAPI document describes them.</summary>
internal static class ListParameters
{
    /// <summary>The name of the parameter that says what to sort by; its fields depend on the list.</summary>
    public const string SortBy = "sortBy";

    public static readonly ListParameter Limit = new("limit", "The number of records a page. A number out of range is an error.")
    {
        Number = (1, 1_000, 20),
        Examples = [new("default", "20", "20 records"), new("one", "1", "One record"), new("most", "1000", "As many as a page can hold")],
    };

    public static readonly ListParameter Page = new("page", "The page, from 1 on. A page past the end is empty.")
    {
        Number = (1, int.MaxValue, 1),
        Examples = [new("first", "1", "The first page"), new("second", "2", "The second page")],
    };

    public static readonly ListParameter Order = new("order",
        "The direction of the order: `asc` or `desc`, in any case. One for all the fields in `sortBy`, or one for each, separated by "
        + "commas: `sortBy=rating,dueDate&order=desc,asc`. Records without a value come last in both directions, and records that are "
        + "alike in all the fields are ordered by `id`.")
    {
        Default = "desc",
        Examples = [new("descending", "desc", "The most recent, or greatest, first"), new("ascending", "asc", "The oldest, or least, first")],
    };

    public static readonly ListParameter Fields = new("fields",
        "The fields to keep in each record, separated by commas; `id` always stays. Names may be written in any case. Without it, all "
        + "fields are kept.")
    {
        Examples =
        [
            new("all", "", "All fields"),
            new("few", "batchCode,dueDate,assignee", "Three fields, and the id"),
            new("id", "id", "The ids alone"),
        ],
    };

    public static readonly ListParameter Count = new("count",
        "How the records on all pages are counted. `exact` always counts them; `bounded` does so where that is cheap; `none` leaves out "
        + "`total`, `totalIsExact`, `pages`, the header `X-Total-Count` and the link `last`, and is the fastest.")
    {
        Words = [Word(CountMode.Bounded), Word(CountMode.Exact), Word(CountMode.None)],
        Examples =
        [
            new("bounded", Word(CountMode.Bounded), "Count where that is cheap"),
            new("exact", Word(CountMode.Exact), "Always count"),
            new("none", Word(CountMode.None), "Do not count"),
        ],
    };

    private static readonly ListParameter LivingSort = Sort(deleted: false);
    private static readonly ListParameter DeletedSort = Sort(deleted: true);

    /// <summary>The parameters of a list: of the deleted batches, or of the living ones.</summary>
    public static IReadOnlyList<ListParameter> Of(bool deleted) =>
        [Limit, Page, deleted ? DeletedSort : LivingSort, Order, Fields, Count];

    private static ListParameter Sort(bool deleted)
    {
        var recent = BatchFields.SortedByDefault(deleted).Name;
        return new ListParameter(SortBy,
            "The field to sort by, or several separated by commas, the weightiest first: `sortBy=rating,dueDate`. Names may be written in "
            + $"any case, and none twice. These can be sorted by: {string.Join(", ", BatchFields.Sortable(deleted).Select(f => $"`{f}`"))}. "
            + "Text is sorted as dictionaries do, whatever its case: `a`, `B`, `c`.")
        {
            Default = recent,
            Examples =
            [
                new("recent", recent, $"By the time of {(deleted ? "deletion" : "creation")}"),
                new("field", BatchFields.BatchCode.Name, "By one field"),
                new("fields", $"{BatchFields.Rating},{BatchFields.DueDate}", "By one field, then another"),
            ],
        };
    }

    private static string Word(CountMode mode) => mode.ToString().ToLowerInvariant();
}
