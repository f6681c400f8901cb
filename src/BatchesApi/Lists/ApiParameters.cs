using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The one catalogue of the parameters of lists (specification, section 3): <see cref="ListRequest"/> knows them by it, and the
/// OpenAPI document describes them.</summary>
internal static class ApiParameters
{
    /// <summary>The name of the parameter that says what to sort by; its fields depend on the list.</summary>
    public const string SortBy = "sortBy";

    public static readonly ApiParameter Limit = new("limit", "The number of records a page. A number out of range is an error.")
    {
        Number = (1, 1_000, 20),
        Examples = [new("default", "20", "20 records"), new("one", "1", "One record"), new("most", "1000", "As many as a page can hold")],
    };

    public static readonly ApiParameter Page = new("page", "The page, from 1 on. A page past the end is empty.")
    {
        Number = (1, int.MaxValue, 1),
        Examples = [new("first", "1", "The first page"), new("second", "2", "The second page")],
    };

    public static readonly ApiParameter Order = new("order",
        "The direction of the order: `asc` or `desc`, in any case. One for all the fields in `sortBy`, or one for each, separated by "
        + "commas: `sortBy=rating,dueDate&order=desc,asc`. Records without a value come last in both directions, and records that are "
        + "alike in all the fields are ordered by `id`.")
    {
        Default = "desc",
        Examples = [new("descending", "desc", "The most recent, or greatest, first"), new("ascending", "asc", "The oldest, or least, first")],
    };

    /// <summary>As a retrieve takes it: names alone.</summary>
    public static readonly ApiParameter KeptFields = new("fields",
        "The fields to keep in the record, separated by commas; `id` always stays. Names may be written in any case. Without it, all "
        + "fields are kept.")
    {
        Examples =
        [
            new("all", "", "All fields"),
            new("few", "batchCode,dueDate,assignee", "Three fields, and the id"),
            new("id", "id", "The id alone"),
        ],
    };

    public static readonly ApiParameter Fields = new(KeptFields.Name, string.Create(CultureInfo.InvariantCulture,
        $"""
        The filter of the records: terms separated by commas, of three forms.

        * `name` keeps only the named fields in each record; `id` always stays. Where no field is named so, all are kept.
        * `name:value` keeps only the records whose field has that value.
        * `name:operator:value` keeps only the records that match; the operators are {Names(FilterOperators.FieldsNames)}.

        All conditions must hold, and each means what the same condition in `p` does. `in` takes several values, separated by `|`. The
        bare word `null` stands for no value. `contains` and `startsWith` match text as `q` does. A value with a comma, colon or bar in it, or with spaces around it, is put in double quotes,
        where `\"` and `\\` stand for a quote and a backslash. Names and operators may be written in any case. At most
        {FilterLimits.Bytes:N0} bytes, {FilterLimits.Conditions} conditions, {FilterLimits.Values:N0} values in a list.
        """))
    {
        Examples =
        [
            new("all", "", "All fields of all records"),
            new("few", "batchCode,dueDate,assignee", "Three fields, and the id"),
            new("value", "assignee:amy", "The records of one assignee"),
            new("both", "batchCode,dueDate,assignee:amy,rating:gte:4", "Three fields of the records of one assignee rated 4 or better"),
            new("range", "dueDate:gte:2026-12-01,dueDate:lt:\"2027-01-01T00:00:00+03:00\"", "Due within a time; a colon asks for quotes"),
            new("several", "batchType:in:renewal|upsell", "One of several values"),
            new("missing", "assignee:null,manager:ne:null", "Without an assignee, but with a manager"),
            new("text", "summary:contains:quarter,assignee:startsWith:am", "With text in it, whatever its case and accents"),
            new("lead", "leadIds:63a5b84c53e1218321c55001", "With that lead"),
        ],
    };

    public static readonly ApiParameter Policy = new("p", string.Create(CultureInfo.InvariantCulture,
        $$$"""
        Policy filters: a JSON object of conditions in MongoDB's query language, all of which must hold.

        * `{"rating":4}` is short for `{"rating":{"$eq":4}}`.
        * The operators on a field are {{{Names(FilterOperators.MongoNames)}}}; `$all`, `$size` and `$elemMatch` are for lists.
        * {{{Names(FilterOperators.MongoLogicalNames)}}} take an array of such objects: `{"$or":[{"rating":{"$gte":4}},{"assignee":"amy"}]}`.
        * A field without a value is missing: `$eq` and `$in` with `null` match it, `$ne`, `$nin` and `$not` match it too, comparisons never
          do. `{"assignee":{"$exists":true}}` asks for a value.
        * On a list an operator holds if some element satisfies it, `$ne` and `$nin` if none equals. With `$elemMatch` one element must
          satisfy several. A whole array may stand where it is to be equal.
        * Dates are RFC 3339 and compare as instants, text by code point, exactly. Names are exact.

        What MongoDB would ignore is an error here: unknown fields and operators, values of another type than the field's, empty `$and`,
        `$or`, `$nor`, `$not` and `$elemMatch`. At most {{{FilterLimits.Bytes:N0}}} bytes before encoding, {{{FilterLimits.Conditions}}} conditions on
        fields, {{{FilterLimits.Values:N0}}} values in a list; `$and`, `$or` and `$nor` nest {{{FilterLimits.Depth}}} deep.
        """))
    {
        Examples =
        [
            new("none", "", "No condition"),
            new("value", """{"assignee":"amy"}""", "The records of one assignee"),
            new("range", """{"rating":{"$gte":3,"$lt":5}}""", "A range"),
            new("dates", """{"dueDate":{"$gte":"2026-12-01","$lt":"2027-01-01T00:00:00+03:00"}}""", "Due within a time"),
            new("either", """{"$or":[{"rating":{"$gte":4}},{"assignee":{"$in":["amy",null]}}]}""", "One condition or another"),
            new("negation", """{"rating":{"$not":{"$gte":4}},"batchType":{"$nin":["renewal"]}}""", "What does not match"),
            new("missing", """{"assignee":null,"manager":{"$exists":true}}""", "Without an assignee, but with a manager"),
            new("lists", """{"leadIds":{"$all":["63a5b84c53e1218321c55001","63a5b84c53e1218321c55002"]},"opportunityIds":{"$size":1}}""", "Lists"),
            new("element", """{"leadIds":{"$elemMatch":{"$gte":"63a5","$lt":"63a6"}}}""", "One element satisfies both"),
        ],
    };

    public static readonly ApiParameter Search = new("q", string.Create(CultureInfo.InvariantCulture,
        $"""
        Searches {Names(BatchFields.All.Where(field => field.IsSearched).Select(field => field.Name))} for terms separated by white space, all of
        which must occur.

        * `term` matches anywhere in a text; one of one or two characters only where a word begins.
        * `"a phrase"` is one term, its spaces included.
        * `-term` and `-"a phrase"` must not occur.
        * A whole id finds the batch that has it as `id`, or among its {Names(BatchFields.All.Where(field => field.Kind == FieldKind.TextList).Select(field => field.Name))}.

        Case, accents, Arabic vowel marks and tatweel make no difference: `é` is `e`, `أ` is `ا`. `%`, `_` and `\` are ordinary characters. At most
        {SearchParser.Characters} characters and {SearchParser.Terms} terms.
        """))
    {
        Examples =
        [
            new("none", "", "No search"),
            new("terms", "renewal quarter", "Both terms, in any order"),
            new("phrase", "\"first quarter\"", "A phrase"),
            new("without", "renewal -urgent", "One term without another"),
            new("beginning", "re", "Words that begin so"),
            new("id", "63a5b84c53e1218321c55001", "The batches with that lead"),
        ],
    };

    public static readonly ApiParameter Cursor = new("cursor",
        "Goes on after the last record of an earlier answer: its `nextCursor`, as it came. Unlike with `page`, nothing is skipped or repeated while "
        + "others create and delete batches, and the depth of a list costs nothing. `sortBy`, `order` and the filters must be those of the earlier "
        + "request; `limit`, `count` and the kept fields may change. Not together with `page`.")
    {
        Examples = [new("none", "", "From the beginning")],
    };

    public static readonly ApiParameter Count = new("count",
        "How the records on all pages are counted. `exact` always counts them. `bounded` does so up to 10,000; beyond that `total` is an estimate, "
        + "`totalIsExact` is false, `pages` is null and there is no link `last`. `none` leaves out `total`, `totalIsExact`, `pages`, the header "
        + "`X-Total-Count` and the link `last`, and is the fastest.")
    {
        Values = [Word(CountMode.Bounded), Word(CountMode.Exact), Word(CountMode.None)],
        Examples =
        [
            new("bounded", Word(CountMode.Bounded), "Count up to 10,000"),
            new("exact", Word(CountMode.Exact), "Always count"),
            new("none", Word(CountMode.None), "Do not count"),
        ],
    };

    /// <summary>A header, not a parameter of the query.</summary>
    public static readonly ApiParameter Prefer = new(PreferHeader.Header,
        $"`{PreferHeader.Explain}` adds the member `explain` to the answer, for a caller with the scope `write` (RFC 7240): the filters as understood, the "
        + "order, and for each step of finding the list the indexes used, how many records were expected, found and looked at.")
    {
        Examples = [new("none", "", "No explanation"), new("explain", PreferHeader.Explain, "Tell how the list is found")],
    };

    public static readonly ApiParameter HistoryCursor = new("cursor",
        "Goes on behind the last change of an earlier answer: its `nextCursor`.")
    {
        Examples = [new("start", "", "From the newest change on")],
    };

    public static readonly ApiParameter IfMatch = new("If-Match",
        "The entity tag of the version to change, or several with commas between: where the batch has another version, nothing is changed and the answer "
        + "is 412 (RFC 9110, section 13.1.1). `*` is any version, as is no header.")
    {
        Examples = [new("any", "", "Whatever the version is"), new("first", "\"1\"", "The first version alone")],
    };

    public static readonly ApiParameter IfNoneMatch = new("If-None-Match",
        "The entity tag of the version that the client has: where the batch still has it, the answer is 304, without a body (RFC 9110, section 13.1.2).")
    {
        Examples = [new("none", "", "Always answer with the batch"), new("first", "\"1\"", "Unless it still has its first version")],
    };

    public static readonly ApiParameter IdempotencyKey = new(Http.IdempotencyKey.Header,
        "Any text of the client's, new for each thing to do, such as a UUID: printable ASCII, at most 255 characters. A request that is sent again with the same "
        + "key, by the same credential and within 24 hours, is not done again, but answered as the first time, with `Idempotent-Replayed: true`.")
    {
        Examples = [new("none", "", "Do it each time"), new("uuid", "8e03978e-40d5-43e8-bc93-6894a57f9324", "Do it once")],
    };

    private static readonly ApiParameter ActiveSort = Sort(deleted: false);
    private static readonly ApiParameter DeletedSort = Sort(deleted: true);

    /// <summary>The parameters of a list: of the deleted batches, or of the living ones.</summary>
    public static IReadOnlyList<ApiParameter> ForList(bool deleted) =>
        [Limit, Page, deleted ? DeletedSort : ActiveSort, Order, Fields, Policy, Search, Cursor, Count];

    private static ApiParameter Sort(bool deleted)
    {
        var recent = BatchFields.DefaultSort(deleted).Name;
        return new ApiParameter(SortBy,
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

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Word(CountMode mode) => mode.ToString().ToLowerInvariant();
}
