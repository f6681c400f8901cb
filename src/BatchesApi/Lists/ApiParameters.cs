using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The catalogue of query parameters and request headers (specification, sections 2 and 3), for parsing and for the OpenAPI
/// document.</summary>
internal static class ApiParameters
{
    /// <summary>The kinds of changes in the history of an account.</summary>
    public static IReadOnlyList<string> HistoryActionNames { get; } =
        [BatchChange.Create, BatchChange.Update, BatchChange.Delete, BatchChange.Restore, BatchChange.Purge];

    /// <summary>The actions of changes of keys and users.</summary>
    public static IReadOnlyList<string> AccessActionNames { get; } =
        [AccessChange.Create, AccessChange.Update, AccessChange.Rotate, AccessChange.Revoke];

    /// <summary>The kind of history with the changes of batches.</summary>
    public const string BatchesHistory = "batches";

    /// <summary>The kind of history with the changes of keys and users.</summary>
    public const string AccessHistory = "access";

    /// <summary>The name alone: the sortable fields depend on the list.</summary>
    public const string SortBy = "sortBy";

    public static readonly ApiParameter Limit = new("limit", "The maximum number of records on a page. A number out of range is an error.")
    {
        Number = (1, 1_000, 20),
        Examples = [new("default", "20", "20 records"), new("one", "1", "One record"), new("maximum", "1000", "The maximum")],
    };

    public static readonly ApiParameter Page = new("page", "The page number, 1-based. A page past the end is empty.")
    {
        Number = (1, int.MaxValue, 1),
    };

    public static readonly ApiParameter Order = new("order",
        "The sort direction: `asc` or `desc`, case-insensitive. Use one for all fields in `sortBy`, or one for each, separated by commas: "
        + "`sortBy=rating,dueDate&order=desc,asc`. Also accepted: `ascending`, `descending`, `1`, `-1`. Records without a value "
        + "come last in both directions. Records that are equal in all sort fields are sorted by `id`.")
    {
        Default = "desc",
        Examples = [new("descending", "", "Newest or greatest first"), new("ascending", "asc", "Oldest or smallest first")],
    };

    /// <summary>The form for one batch: names only.</summary>
    public static readonly ApiParameter KeptFields = new("fields",
        "The fields to return, separated by commas, or with a minus the fields to leave out. `id` is always returned. Names are "
        + "case-insensitive. By default, all fields are returned.")
    {
        Examples =
        [
            new("all", "", "All fields"),
            new("few", "batchCode,dueDate,assignee", "Three fields and the id"),
            new("without", "-notes,-leadIds", "All fields except two"),
            new("id", "id", "Only the id"),
        ],
    };

    public static readonly ApiParameter Fields = new(KeptFields.Name, string.Create(CultureInfo.InvariantCulture,
        $"""
        The fields to return, and conditions on the records: a comma-separated list of terms.

        * `name` returns only the named fields of each record, and `id`. Without a name, all fields are returned.
        * `-name` returns all fields except the named ones. Cannot be combined with `name`.
        * `name:value` returns only the records whose field has the value.
        * `name:operator:value` returns only the records whose field matches. The operators are {Names(FieldsOperators.Names)}.

        A record must match all conditions. Each has the same meaning as in `p`. `in` takes several values, separated by `|`. The bare word
        `null` means no value, and on dates `now`, `today`, `now-3d` and `today+7d` are relative to the time of the request (units m, h, d,
        w; `today` is 00:00 UTC). `contains` and `startsWith` match text anywhere or at its start, ignoring case and accents; `contains` on
        an array field means that the value is an element. Put a value in double quotes if it contains a comma, a colon
        or a bar, or has leading or trailing spaces. Within quotes, write `\"` for a quote and `\\` for a backslash. Names and operators are
        case-insensitive. Limits: {FilterLimits.MaxBytes:N0} bytes, {FilterLimits.MaxConditions} conditions,
        {FilterLimits.MaxValues:N0} values after `in`.
        """))
    {
        Examples =
        [
            new("all", "", "All fields of all records"),
            new("few", "batchCode,dueDate,assignee", "Three fields and the id"),
            new("without", "-notes,-leadIds", "All fields except two"),
            new("value", "assignee:amy", "The records of one assignee"),
            new("both", "batchCode,dueDate,assignee:amy,rating:gte:4", "Three fields of one assignee's records rated 4 or better"),
            new("range", "dueDate:gte:2026-12-01,dueDate:lt:\"2027-01-01T00:00:00+03:00\"",
                "Due in a period; a value with a colon needs quotes"),
            new("soon", "dueDate:gte:now,dueDate:lt:today+7d", "Due in the next days"),
            new("several", "batchType:in:renewal|upsell", "One of several values"),
            new("missing", "assignee:null,manager:ne:null", "Without an assignee but with a manager"),
            new("text", "summary:contains:quarter,assignee:startsWith:am", "By text, ignoring case and accents"),
            new("lead", "leadIds:63a5b84c53e1218321c55001", "With a lead"),
        ],
    };

    public static readonly ApiParameter MongoFilter = new("p", string.Create(CultureInfo.InvariantCulture,
        $$$"""
        A JSON object of conditions in MongoDB's query language. A record must match all of them.

        * `{"rating":4}` is short for `{"rating":{"$eq":4}}`.
        * The operators on a field are {{{Names(MongoOperators.Names)}}}. `$all`, `$size` and `$elemMatch` require an array field.
          `$contains` and `$startsWith`, which MongoDB does not have, require a text field and ignore case and accents.
        * {{{Names(MongoOperators.LogicalNames)}}} take an array of condition objects: `{"$or":[{"rating":{"$gte":4}},{"assignee":"amy"}]}`.
        * A field without a value matches `$eq` and `$in` with `null`, and also `$ne`, `$nin` and `$not`. It never matches a comparison.
          `{"assignee":{"$exists":true}}` matches fields that have a value.
        * On an array field, an operator matches if some element satisfies it. `$ne` and `$nin` match if no element is equal. With
          `$elemMatch`, a single element must satisfy all operators. To compare the whole array, use an array as the value.
        * The bracketed form is accepted too: `p[rating][$gte]=4&p[batchType][$in][]=renewal`.
        * In place of a date, `{"$now":"-3d"}` and `{"$today":"+7d"}` are relative to the time of the request (units m, h, d, w; `$today` is
          00:00 UTC). In place of a text, `{"$me":true}` is the e-mail address of the user, or the name of the API key.
        * Dates are RFC 3339 and are compared as instants. Text is compared by code point and is case-sensitive, and so are names.

        Mistakes that MongoDB ignores are errors here: unknown fields and operators, values that do not have the field's type, and empty
        `$and`, `$or`, `$nor`, `$not` and `$elemMatch`. Limits: {{{FilterLimits.MaxBytes:N0}}} bytes before encoding,
        {{{FilterLimits.MaxConditions}}} conditions on fields, {{{FilterLimits.MaxValues:N0}}} values in an array,
        {{{MongoFilterParser.MaxDepth}}} nested levels of `$and`, `$or` and `$nor`.
        """))
    {
        Examples =
        [
            new("none", "", "No condition"),
            new("value", """{"assignee":"amy"}""", "The records of one assignee"),
            new("range", """{"rating":{"$gte":3,"$lt":5}}""", "A range"),
            new("dates", """{"dueDate":{"$gte":"2026-12-01","$lt":"2027-01-01T00:00:00+03:00"}}""", "Due in a period"),
            new("relative", """{"dueDate":{"$lt":{"$now":"-3d"}},"assignee":{"$me":true}}""", "Overdue batches of the caller"),
            new("either", """{"$or":[{"rating":{"$gte":4}},{"assignee":{"$in":["amy",null]}}]}""", "Either of two conditions"),
            new("negation", """{"rating":{"$not":{"$gte":4}},"batchType":{"$nin":["renewal"]}}""", "Negated conditions"),
            new("text", """{"summary":{"$contains":"quarter"}}""", "Part of a text"),
            new("missing", """{"assignee":null,"manager":{"$exists":true}}""", "Without an assignee but with a manager"),
            new("lists", """{"leadIds":{"$all":["63a5b84c53e1218321c55001","63a5b84c53e1218321c55002"]},"opportunityIds":{"$size":1}}""",
                "Conditions on array fields"),
            new("element", """{"leadIds":{"$elemMatch":{"$gte":"63a5","$lt":"63a6"}}}""", "One element that satisfies both operators"),
        ],
    };

    public static readonly ApiParameter Search = new("q", string.Create(CultureInfo.InvariantCulture,
        $"""
        Searches {Names(BatchFields.All.Where(field => field.IsSearched))} for terms separated by white space. All terms must occur.

        * `term` matches anywhere in a text. A term of one or two characters matches only at the start of a word. In scripts written without
          spaces, such as Han, Kana and Thai, each character starts a word.
        * `"a phrase"` is one term, including its spaces.
        * `-term` and `-"a phrase"` must not occur.
        * A whole id finds the records that have it as `id`, or in {Names(BatchFields.All.Where(f => f.Kind == FieldKind.TextList))}.

        Case, accents, Arabic vowel marks, tatweel and invisible characters are ignored: `é` matches `e`, `أ` matches `ا`. `%`, `_` and
        `\` are ordinary characters. Limits: {SearchParser.MaxCharacters} characters, {SearchParser.MaxTerms} terms.
        """))
    {
        Examples =
        [
            new("none", "", "No search"),
            new("terms", "renewal quarter", "Both terms, in any order"),
            new("phrase", "\"first quarter\"", "A phrase"),
            new("without", "renewal -urgent", "One term without another"),
            new("beginning", "re", "Words that start with these letters"),
            new("id", "63a5b84c53e1218321c55001", "The batches with a lead"),
        ],
    };

    public static readonly ApiParameter Cursor = new("cursor",
        "Continues after the last record of an earlier response: its `nextCursor`, unchanged. Unlike with `page`, no record is skipped or "
        + "repeated if other clients create or delete batches in the meantime, and a page costs the same at any depth. `sortBy`, `order` "
        + "and the filters must be those of the earlier request; `limit`, `count` and the fields to return may change. Cannot be "
        + "combined with `page`.")
    {
        Examples = [new("none", "", "From the start")],
    };

    public static readonly ApiParameter Count = new("count",
        "How to count the records of the whole list. `exact` always counts them. `bounded` counts up to 10,000; beyond that, `total` is an "
        + "estimate, `totalIsExact` is false, `pages` is null and there is no `last` link. `none` is the fastest: the response has no "
        + "`total`, `totalIsExact`, `pages`, `X-Total-Count` or `last` link.")
    {
        Values = [Name(CountMode.Bounded), Name(CountMode.Exact), Name(CountMode.None)],
        ValuesSchema = nameof(CountMode),
    };

    public static readonly ApiParameter Prefer = new(PreferHeader.Header,
        $"`{PreferHeader.Explain}` adds the member `explain` to the response (RFC 7240): the filters as understood, the order, and for "
        + "each step of the query the indexes used and the numbers of expected, found and read records. Ignored unless the "
        + "credential has the scope `write` and no policy.")
    {
        Examples = [new("none", "", "No explanation"), new("explain", PreferHeader.Explain, "Explain how the list is found")],
    };

    public static readonly ApiParameter GroupBy = new("by", string.Create(CultureInfo.InvariantCulture,
        $"""
        The field to group by, or two separated by a comma:

        * {Names(GroupKeys.Fields.Where(field => field.Kind != FieldKind.DateTime))}
        * {Names(GroupKeys.Fields.Where(field => field.Kind == FieldKind.DateTime))} with a unit of time, such as `dueDate:month`. The units
          are {Names(GroupKeys.Units)}, in UTC; a week begins on Monday.

        Names and units are case-insensitive.
        """))
    {
        IsRequired = true,
        Examples =
        [
            new("field", BatchFields.Assignee.Name, "By one field"),
            new("fields", $"{BatchFields.Manager},{BatchFields.Assignee}", "By two fields"),
            new("month", $"{BatchFields.DueDate}:month", "By the month of a date"),
            new("both", $"{BatchFields.BatchType},{BatchFields.CreatedAt}:week", "By a field and the week of a date"),
        ],
    };

    public static readonly ApiParameter GroupLimit = new(Limit.Name,
        "The maximum number of groups in the response. A number out of range is an error.")
    {
        Number = (1, 1_000, 100),
        Examples = [new("default", "100", "100 groups"), new("top", "10", "The ten largest groups")],
    };

    /// <summary>The form for groups: conditions only.</summary>
    public static readonly ApiParameter Conditions = new(Fields.Name,
        "Conditions on the batches: a comma-separated list of `name:value` and `name:operator:value`, as in lists. Names alone are errors, "
        + "because groups have only the fields in `by`.")
    {
        Examples = [.. Fields.Examples.Where(example => example.Name is "value" or "range" or "several" or "missing" or "text" or "lead")
            .Prepend(new ParameterExample("all", "", "All batches"))],
    };

    public static readonly ApiParameter HistoryCursor = new("cursor",
        "Continues after the last change of an earlier response: its `nextCursor`.")
    {
        Examples = [new("start", "", "From the newest change")],
    };

    public static readonly ApiParameter HistoryKind = new("kind",
        "`batches` for the changes of batches, `access` for those of API keys and users, which needs the scope `admin`.")
    {
        Values = [BatchesHistory, AccessHistory],
        ValuesSchema = "HistoryKind",
        Examples =
        [
            new("batches", BatchesHistory, "The changes of batches"), new("access", AccessHistory, "The changes of API keys and users"),
        ],
    };

    public static readonly ApiParameter HistoryBy = new("by", "Only the changes by an API key, an access token or a user: its id.")
    {
        Examples = [new("all", "", "By anyone"), new("key", "63a5b84c53e1218321c55572", "By one API key or user")],
    };

    public static readonly ApiParameter HistoryActions = new("action",
        $"Only changes of a kind, or of several separated by commas: {Names(HistoryActionNames)}; with `kind=access` "
        + $"{Names(AccessActionNames)}.")
    {
        Examples = [new("all", "", "All changes"), new("one", "update", "Updates"), new("removal", "delete,purge", "Deletions and purges")],
    };

    public static readonly ApiParameter HistoryFrom = new("from",
        "Only the changes since a time: an RFC 3339 date (00:00 UTC) or date-time.")
    {
        Examples = [new("start", "", "As far back as the history is kept"), new("date", "2026-11-01", "Since a date")],
    };

    public static readonly ApiParameter HistoryTo = new("to",
        "Only the changes before a time: an RFC 3339 date (00:00 UTC) or date-time.")
    {
        Examples = [new("now", "", "Until now"), new("date", "2027-01-01", "Before a date")],
    };

    public static readonly ApiParameter Since = new("since",
        "Continues after an earlier response: its `nextCursor`, unchanged, or the `id` of an event. `start` first returns every batch as "
        + "it is, as entries with the action `snapshot`, and then the changes. Without it, the response has no entries, only the cursor "
        + "of now. The filter and the credential may change; the account may not.")
    {
        Examples =
        [
            new("now", "", "Only the cursor of now"),
            new("start", "start", "Every batch as it is, then the changes"),
        ],
    };

    public static readonly ApiParameter ChangesLimit = new(Limit.Name,
        "The maximum number of entries on a page. A page may have fewer, even none, although there are more: see `more`.")
    {
        Number = (1, 1_000, 100),
        Examples = [new("default", "100", "100 entries"), new("maximum", "1000", "The maximum")],
    };

    public static readonly ApiParameter Wait = new("wait",
        "How many seconds to wait if there is no change yet. A change ends the wait. Without effect on an event stream.")
    {
        Number = (0, 60, 0),
        Examples = [new("none", "0", "Return immediately"), new("short", "5", "Wait up to five seconds")],
    };

    public static readonly ApiParameter LastEventId = new("Last-Event-ID",
        "The `id` of the last event that the client has received. Browsers and libraries send it when they reconnect. It takes precedence "
        + "over `since`.");

    public static readonly ApiParameter OnConflict = new("onConflict",
        "What to do if an active batch of the account has the code. `error` fails with 409. `update` sets the fields that are passed, as "
        + "PATCH does. `skip` leaves the batch as it is. With `update` and `skip`, `batchType` is required only for a new batch.")
    {
        Values = ["error", "update", "skip"],
        ValuesSchema = "ConflictAction",
    };

    public static readonly ApiParameter IfMatch = new("If-Match",
        "The entity tag of the version to change, or several separated by commas. If the batch has another version, nothing is changed and "
        + "the response is 412 (RFC 9110, section 13.1.1). `*` means any version, and so does a request without the header.")
    {
        Examples = [new("any", "*", "Any version"), new("first", "\"1\"", "Only the first version")],
    };

    public static readonly ApiParameter IfNoneMatch = new("If-None-Match",
        "The entity tag of the version that the client has. If the batch still has this version, the response is 304 without a body "
        + "(RFC 9110, section 13.1.2).")
    {
        Examples = [new("none", "", "Always return the batch"), new("first", "\"1\"", "Return the batch unless it has its first version")],
    };

    public static readonly ApiParameter IdempotencyKey = new(Http.IdempotencyKey.Header,
        "A unique text for each operation, such as the UUID `8e03978e-40d5-43e8-bc93-6894a57f9324`: printable ASCII, "
        + "at most 255 characters. If the same credential repeats the request with the same key within 24 hours, the operation does not "
        + "run again: the response is that of the first request, with "
        + "`Idempotent-Replayed: true`.");

    public static readonly ApiParameter BatchLease = new(BatchLeaseHeader.Name,
        "The token of a lease of the batch. If this lease has ended, nothing is changed and the response is 409 `lease_lost`.");

    public static readonly ApiParameter Permanent = new("permanent",
        "`true` removes a deleted batch and its history for good. Requires the scope `admin`.")
    {
        IsBoolean = true,
        Default = "false",
    };

    private static readonly ApiParameter ActiveSort = CreateSort(deleted: false);
    private static readonly ApiParameter DeletedSort = CreateSort(deleted: true);

    /// <summary>The parameters of a list: of deleted or of active batches.</summary>
    public static IReadOnlyList<ApiParameter> ForList(bool deleted) =>
        [Limit, Page, deleted ? DeletedSort : ActiveSort, Order, Fields, MongoFilter, Search, Cursor, Count];

    /// <summary>The parameters of a request for groups.</summary>
    public static IReadOnlyList<ApiParameter> ForGroups => [GroupBy, GroupLimit, Conditions, MongoFilter, Search];

    private static ApiParameter CreateSort(bool deleted)
    {
        var recent = BatchFields.DefaultSort(deleted).Name;
        return new ApiParameter(SortBy,
            "The field to sort by, or several separated by commas, the most significant first: `sortBy=rating,dueDate`. Names are "
            + "case-insensitive, and duplicates are errors. `-rating` is descending, `+rating` ascending; signs cannot be combined with "
            + $"`order`. Sortable fields: {Names(BatchFields.Sortable(deleted))}. "
            + "Text is sorted like a dictionary, ignoring case: `a`, `B`, `c`.")
        {
            Default = recent,
            Examples =
            [
                new("recent", "", $"By time of {(deleted ? "deletion" : "creation")}"),
                new("field", BatchFields.BatchCode.Name, "By one field"),
                new("signed", $"-{BatchFields.Rating}", "By one field, in the direction of its sign"),
                new("fields", $"{BatchFields.Rating},{BatchFields.DueDate}", "By one field, then another"),
            ],
        };
    }

    private static string Names(IEnumerable<object> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Name(CountMode mode) => mode.ToString().ToLowerInvariant();
}
