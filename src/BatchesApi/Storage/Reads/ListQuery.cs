using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>One execution of a list, with the <see cref="ListStrategy"/> that fits it.</summary>
internal sealed class ListQuery : IDisposable
{
    private readonly BatchFilterSqlCache _filters;
    private readonly ListPlan _plan;
    private readonly long _maxPageBytes;
    private readonly ListExecutor _executor;
    private readonly ListDriverFinder _drivers;
    private readonly ListCounter _counter;
    private readonly IReadOnlyList<Field> _fields;
    private readonly Sql _columns;
    private readonly OrderSql _order;
    private readonly ListStrategy _strategy;
    private PageBuffer? _rows;

    /// <param name="filters">Translates the condition of the list.</param>
    /// <param name="connection">An open connection.</param>
    /// <param name="options">The database options.</param>
    /// <param name="statistics">What earlier lists showed.</param>
    /// <param name="plan">The list.</param>
    /// <param name="maxPageBytes">Maximum size of the page in bytes.</param>
    /// <param name="cancellation">Cancels the execution.</param>
    public ListQuery(
        BatchFilterSqlCache filters,
        NpgsqlConnection connection,
        DatabaseOptions options,
        ListStatisticsCache statistics,
        ListPlan plan,
        long maxPageBytes,
        CancellationToken cancellation)
    {
        (_filters, _plan, _maxPageBytes) = (filters, plan, maxPageBytes);
        _executor = new ListExecutor(connection, options, cancellation);
        _drivers = new ListDriverFinder(filters, _executor, statistics, plan);
        _counter = new ListCounter(
            _executor, plan, () => Matching, () => filters.GetForEstimate(plan.AccountId, plan.Deleted, plan.Where), statistics);
        _fields = [.. BatchFields.All.Where(field => plan.Keep.Contains(field) || plan.Order.Any(key => key.Field == field))];
        _columns = ListSql.Columns(_fields);
        _order = new OrderSql(plan);
        _strategy = ListStrategy.Choose(plan, statistics);
    }

    /// <summary>The query for all records that the list could have without its condition.</summary>
    private Sql All => field ??= AccountBatchesSql.GetSql(_plan.AccountId, _plan.Deleted);

    /// <summary>The query for the records of the list.</summary>
    private Sql Matching => field ??= _filters.Get(_plan.AccountId, _plan.Deleted, _plan.Where);

    /// <summary>Whether an index contains all records in the order of the list.</summary>
    private bool HasOrderIndex => (_plan with { Where = Condition.Always }).IsIndexOnlyOrder;

    /// <summary>The step that found the page; <c>none</c> if the page is empty without one.</summary>
    public string PageStep => _executor.PageStep ?? "none";

    /// <exception cref="PageTooLargeException">The page exceeds its maximum size.</exception>
    public async Task<ListPage> ReadPageAsync()
    {
        var page = _strategy.Method switch
        {
            ListMethod.None => CreatePage(StartPage(), _strategy.Count == CountTime.BeforePage ? await _counter.CountAsync() : null),
            ListMethod.Scan => await ScanAsync(),
            ListMethod.ScanFromNearerEnd => await ScanFromNearerEndAsync(),
            ListMethod.Probe => await ProbeAsync(),
            ListMethod.Collect => await CollectAsync(),
            _ => await FilterInOrderAsync(),
        };
        _rows = null;
        return page;
    }

    /// <summary>Explains what was run for the page, by running it again under EXPLAIN.</summary>
    public async Task<QueryExplanation> ExplainAsync() => new()
    {
        Where = _plan.Symbolic.ToString(),
        Order = string.Join(", ", _plan.Order),
        Steps = await _executor.ExplainAsync(),
    };

    /// <summary>Returns the memory of a page that was not finished.</summary>
    public void Dispose() => _rows?.Dispose();

    private async Task<ListPage> ScanAsync()
    {
        var sql = ListSql.Page(Matching, _order, _columns, _plan.Offset, _plan.Limit + 1);
        var page = new ListStatement("walk", sql, _plan.IsIndexOnlyOrder);
        var countsToo = _strategy.Count == CountTime.WithPage;
        var rows = StartPage();
        var count = 0L;
        await using (var results = await _executor.RunAsync(countsToo ? [page, _counter.Statement] : [page]))
        {
            await results.ReadPageAsync(rows, _fields);
            if (countsToo)
                count = await results.ReadNumberAsync();
        }

        var total = await GetTotalAsync(rows);
        return CreatePage(rows, total ?? (countsToo ? await _counter.FromCountAsync(count, remember: true) : null));
    }

    private async Task<ListPage> ScanFromNearerEndAsync()
    {
        var total = await _counter.CountAsync();
        var count = total.Count;
        var rows = StartPage();
        var (fromEnd, skip, take) = ListStrategy.ChooseEnd(_plan, count);
        if (take == 0)
            return CreatePage(rows, total);

        var sql = fromEnd
            ? ListSql.Page(Matching, new OrderSql(_plan, reversed: true), _columns, skip, take, pageOrder: _order)
            : ListSql.Page(Matching, _order, _columns, skip, take);
        await ReadAsync(rows, new ListStatement("walk", sql, _plan.IsIndexOnlyOrder));
        return CreatePage(rows, total, hasNext: _plan.Offset + take < count);
    }

    private async Task<ListPage> ProbeAsync()
    {
        var first = ListStrategy.GetFirstProbe(_plan);
        for (var length = first; length <= ListStrategy.MaxProbe;)
        {
            var (rows, isWholeList) = await ProbeAsync((int)length);
            if (rows.HasMore && _plan is { Offset: 0, After: null })
                _drivers.Remember(_drivers.Matches with { Frequency = MatchFrequency.FrequentAtHead, IsSparse = length > first });
            if (isWholeList || rows.HasMore)
                return CreatePage(rows, await GetTotalAsync(rows));
            if (length == first && rows.Count == 0 && await _drivers.FindAsync(ListStrategy.MaxCandidates) is not null)
                return await CollectAsync();
            length = ListStrategy.GetNextProbe(_plan, length, rows.Count);
        }
        return await CollectAsync();
    }

    private async Task<(PageBuffer Rows, bool IsWholeList)> ProbeAsync(int length)
    {
        var head = ListSql.Head(All, _order, length);
        var sql = ListSql.SortedPage(head, _filters.GetForCandidates(_plan.Where), _order, _columns, _plan.Offset, _plan.Limit + 1);
        var rows = StartPage();
        await using var results = await _executor.RunAsync(
            new ListStatement("head", sql, HasOrderIndex), new ListStatement(null, ListSql.HasMore(All, _order, length), HasOrderIndex));
        await results.ReadPageAsync(rows, _fields);
        return (rows, IsWholeList: !await results.AnyAsync());
    }

    private async Task<ListPage> CollectAsync()
    {
        if (!ListStrategy.CanCollect(_plan) || await _drivers.FindAsync(ListStrategy.MaxCandidates) is not { } driver)
            return await FilterInOrderAsync();
        var rows = StartPage();
        var sql = ListSql.CollectedPage(
            driver, _order, _columns, _plan.Offset, _plan.Limit + 1, ListStrategy.MaxCandidates + 1);
        long found, candidates;
        await using (var results = await _executor.RunAsync(new ListStatement("gather", sql, IsPlannedOnce: true)))
            (found, candidates) = await results.ReadCollectedPageAsync(rows, _fields);
        if (!ListStrategy.IsComplete(found, candidates))
            return await FilterInOrderAsync();

        _drivers.Remember(_drivers.Matches with { Frequency = MatchFrequency.Rare });
        return CreatePage(rows, _plan.Count == CountMode.None ? null : ListTotal.Exact(found));
    }

    /// <summary>Reads the records in order and filters them, if there are too many matches to sort: they are then frequent enough to be
    /// found one by one.</summary>
    private async Task<ListPage> FilterInOrderAsync()
    {
        if (_drivers.Matches.Frequency == MatchFrequency.Unknown)
            _drivers.Remember(_drivers.Matches with { Frequency = MatchFrequency.Frequent, IsSparse = true });
        var rows = StartPage();

        // Without an index in the order, only the matches are sorted.
        var sql = BatchIndex.HasOrder(_plan.Order[0].Field)
            ? ListSql.FilteredPage(
                ListSql.InOrder(All, _order), _filters.GetForCandidates(await FindRowConditionAsync()), _order, _columns, _plan.Offset,
                _plan.Limit + 1)
            : ListSql.Page(Matching, _order, _columns, _plan.Offset, _plan.Limit + 1);
        await ReadAsync(rows, new ListStatement("walk", sql, HasOrderIndex));
        return CreatePage(rows, await GetTotalAsync(rows));
    }

    /// <summary>The condition of the list for many rows. Checking both arrays of each row takes a fifth of the time, so the condition names
    /// the batches with the elements instead, if they are few.</summary>
    private async Task<Condition> FindRowConditionAsync()
    {
        var arrays = IndexedConditions.FindArrays(_plan.Where).Distinct().ToList();
        if (!_drivers.Matches.IsSparse || arrays.Count == 0)
            return _plan.Where;
        var idsOf = new Dictionary<Contains, IReadOnlyList<string>>();
        await using var results = await _executor.RunAsync([.. arrays.Select(array => new ListStatement(
            null, ListSql.FirstIds(IndexedConditions.FindIds(array, _plan.AccountId), ListStrategy.MaxNamed + 1), IsPlannedOnce: true))]);
        foreach (var array in arrays)
        {
            var ids = await results.ReadTextsAsync();
            if (ids.Count <= ListStrategy.MaxNamed)
                idsOf.Add(array, ids);
        }
        return IndexedConditions.ReplaceArrays(_plan.Where, idsOf);
    }

    private async Task ReadAsync(PageBuffer rows, ListStatement statement)
    {
        await using var results = await _executor.RunAsync(statement);
        await results.ReadPageAsync(rows, _fields);
    }

    /// <summary>Starts the page, or starts it again if what was read cannot be used.</summary>
    private PageBuffer StartPage()
    {
        _rows?.Dispose();
        return _rows = new PageBuffer(_plan, _maxPageBytes);
    }

    /// <summary>The total that a page gives, an estimate, or a count, whichever costs least; null if none of them is wanted.</summary>
    private async Task<ListTotal?> GetTotalAsync(PageBuffer rows) =>
        ListCounter.FromPage(_plan, rows.Count, rows.HasMore)
        ?? _strategy.Estimate
        ?? (_strategy.Count == CountTime.AfterPage ? await CountAsync() : null);

    private async Task<ListTotal> CountAsync() => await _drivers.FindAsync(ListStrategy.MaxCountedEntries) is { } driver
        ? await _counter.CountAsync(driver)
        : await _counter.CountAsync();

    private ListPage CreatePage(PageBuffer rows, ListTotal? total, bool? hasNext = null)
    {
        // The count may have run a moment before or after the page; it must not contradict the page.
        var seen = _plan.After is null && rows.Count > 0 ? _plan.Offset + rows.Count + (rows.HasMore ? 1 : 0) : 0;
        if (total is { } counted && counted.Count < seen)
            total = counted with { Count = seen };
        return new ListPage(rows, total, hasNext ?? rows.HasMore ? Cursor.Write(_plan, rows.Last!) : null);
    }
}
