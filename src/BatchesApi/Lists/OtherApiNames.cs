using System.Collections.Frozen;

namespace BatchesApi.Lists;

/// <summary>The words of other APIs and what they mean here, so that errors can say what to send instead (specification, section 3.10). A
/// word is listed only if its meaning is certain: a wrong pointer is worse than none.</summary>
internal static class OtherApiNames
{
    /// <summary>Names of parameters, by purpose. <see cref="ParameterPurpose"/> says what a parameter is for; the name here may
    /// differ.</summary>
    private static readonly FrozenDictionary<string, ParameterPurpose> Parameters = Index(
        (ParameterPurpose.Limit,
            "perPage pageSize size top maxResults take first rows pageLimit max maxItems maxPageSize maxRecords pageLength length "
            + "itemsPerPage recordsPerPage resultsPerPage hitsPerPage batchSize num resultsLimit page[size] page[limit]"),
        (ParameterPurpose.Offset, "offset skip start from startIndex startAt firstResult begin startRow page[offset]"),
        (ParameterPurpose.Page, "pageNo pageNumber pageNum pageIndex currentPage pg page[number]"),
        (ParameterPurpose.Cursor,
            "after startingAfter pageToken nextPageToken next nextToken nextCursor continuationToken continuation marker bookmark "
            + "skipToken scrollId startKey exclusiveStartKey resumptionToken lastKey page[after] page[cursor]"),
        (ParameterPurpose.Since, "since"),
        (ParameterPurpose.Until, "until till to end"),
        (ParameterPurpose.Back, "before endingBefore prev previous prevCursor previousCursor page[before]"),
        (ParameterPurpose.Filter, "filter filters where conditions condition criteria predicate selector rsql fiql jql policy policies"),
        (ParameterPurpose.Search,
            "search query keyword keywords term terms text searchTerm searchText searchQuery fulltext searchString searchFor find s"),
        (ParameterPurpose.Keep,
            "select include only columns fields[] fields[batches] field properties attributes attrs projection project fieldSet "
            + "returnFields includeFields fl _source"),
        (ParameterPurpose.Exclude, "exclude omit without excludeFields except hide"),
        (ParameterPurpose.Sort,
            "sort sortBy[] sort[] orderBy ordering sortField sortKey sortColumn sorting sortOn orderField orderColumn sidx"),
        (ParameterPurpose.Direction,
            "dir direction sortOrder sortDir sortDirection orderDir orderDirection sord asc desc reverse descending ascending"),
        (ParameterPurpose.Count,
            "total includeTotal withCount withTotal countTotal totalCount inlineCount includeCount returnTotal showTotal "
            + "includeTotalCount"),
        (ParameterPurpose.Deleted,
            "deleted includeDeleted isDeleted withDeleted showDeleted onlyDeleted archived includeArchived trashed withTrashed trash"),
        (ParameterPurpose.Ids, "ids ids[] idList batchIds"),
        (ParameterPurpose.Group, "group groupBy groupedBy grouping groupField facet facets aggregate aggregateBy"),
        (ParameterPurpose.Credential, "accessToken apiKey authToken authorization bearer"));

    private static readonly FrozenDictionary<string, OperatorMeaning> Operators = Index(
        (OperatorMeaning.Eq, "eq equals equal is = == === exact equalTo equalsTo"),
        (OperatorMeaning.Ne, "ne neq notEq notEqual notEquals not isNot isnt != !== <> notEqualTo"),
        (OperatorMeaning.Gt, "gt greater greaterThan after above moreThan over >"),
        (OperatorMeaning.Gte,
            "gte ge min from since atLeast greaterThanOrEqual greaterThanOrEquals greaterThanOrEqualTo greaterOrEqual gteq >= => "
            + "onOrAfter"),
        (OperatorMeaning.Lt, "lt less lessThan before below under <"),
        (OperatorMeaning.Lte, "lte le max atMost lessThanOrEqual lessThanOrEquals lessThanOrEqualTo lessOrEqual lteq <= =< onOrBefore"),
        (OperatorMeaning.In, "in oneOf anyOf isIn isOneOf isAnyOf any"),
        (OperatorMeaning.Nin, "nin notIn isNotIn noneOf isNoneOf notAnyOf"),
        (OperatorMeaning.Contains, "contains icontains containsText includes include has hasText substring cont partial"),
        (OperatorMeaning.StartsWith, "startsWith istartsWith starts begins beginsWith prefix hasPrefix sw ^="),
        (OperatorMeaning.EndsWith, "endsWith iendsWith ends suffix hasSuffix ew"),
        (OperatorMeaning.Like, "like ilike wildcard matchesPattern"),
        (OperatorMeaning.Regex, "regex regexp iregex rlike matches match ~ =~ ~="),
        (OperatorMeaning.Between, "between range btw inRange"),
        (OperatorMeaning.Exists, "exists isSet isPresent present hasValue isNotNull notNull"),
        (OperatorMeaning.Missing, "isNull null isMissing missing isUnset"),
        (OperatorMeaning.Empty, "isEmpty empty isBlank blank"),
        (OperatorMeaning.NotContains, "ncontains nincludes notContains notIncludes notIncluding doesNotContain doesNotInclude"),
        (OperatorMeaning.OtherNegation,
            "nstartsWith notStartsWith doesNotStartWith nendsWith notEndsWith doesNotEndWith nlike notLike notILike nilike nregex "
            + "notRegex notMatches nbetween notBetween notInRange"),
        (OperatorMeaning.RegexOptions, "options"),
        (OperatorMeaning.Search, "text search"),
        (OperatorMeaning.Value, "oid date numberInt numberLong numberDouble numberDecimal uuid"));

    /// <summary>The purpose of a parameter of another API, or null.</summary>
    public static ParameterPurpose? FindParameter(string name) => Parameters.TryGetValue(Normalize(name), out var purpose) ? purpose : null;

    /// <summary>The meaning of an operator of another API, or null.</summary>
    public static OperatorMeaning? FindOperator(string name) => Operators.TryGetValue(Normalize(name), out var meaning) ? meaning : null;

    /// <summary>A name without the differences of spelling: case, <c>_</c>, <c>-</c> and a leading dollar sign.</summary>
    public static string Normalize(string name) => name.TrimStart('$').Replace("_", "", StringComparison.Ordinal)
        .Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    private static FrozenDictionary<string, T> Index<T>(params (T Meaning, string Names)[] all) => all
        .SelectMany(one => one.Names.Split(' ').Select(name => (Name: Normalize(name), one.Meaning)))
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Meaning, StringComparer.Ordinal);
}

/// <summary>What a query parameter of another API is for.</summary>
internal enum ParameterPurpose
{
    Limit,
    Offset,
    Page,
    Cursor,

    /// <summary>The page before a cursor.</summary>
    Back,

    /// <summary>The earliest date.</summary>
    Since,

    /// <summary>The latest date.</summary>
    Until,

    Filter,
    Search,

    /// <summary>The fields to return.</summary>
    Keep,

    /// <summary>The fields not to return.</summary>
    Exclude,

    Sort,
    Direction,
    Count,

    /// <summary>Whether to list deleted records.</summary>
    Deleted,

    Ids,

    /// <summary>The fields to group by.</summary>
    Group,

    /// <summary>A credential, which must not be repeated in errors.</summary>
    Credential,
}

/// <summary>What an operator of another API does.</summary>
internal enum OperatorMeaning
{
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Nin,
    Contains,
    StartsWith,
    EndsWith,

    /// <summary>A pattern of SQL.</summary>
    Like,

    Regex,
    Between,
    Exists,
    Missing,

    /// <summary>No value, an empty text or an empty array, by the API.</summary>
    Empty,

    NotContains,

    /// <summary>The opposite of another operator.</summary>
    OtherNegation,

    /// <summary>MongoDB's <c>$options</c>.</summary>
    RegexOptions,

    /// <summary>MongoDB's full-text search.</summary>
    Search,

    /// <summary>A value of MongoDB's Extended JSON.</summary>
    Value,
}
