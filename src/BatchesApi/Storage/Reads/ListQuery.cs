using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>One run of a plan, in the way that stays cheap however many batches there are; see <c>docs/decisions/0006-ways-to-run-a-list.md</c>.</summary>
internal sealed class ListQuery : IDisposable
{
    /// <summary>Most records that are counted one by one unless the client asks for it (specification, section 3).</summary>
    private const int CountBound = 10_000;

    /// <summary>Least records at the head of a list that a search looks at before it asks the index.</summary>
    private const int MinProbe = 500;

    /// <summary>Most of them.</summary>
    private const int MaxProbe = 20_000;

    /// <summary>Records from which on an exact count comes first, so that the page can be read from the nearer end.</summary>
    private const long CountFirstOffset = 1_000;

    private readonly NpgsqlConnection _connection;
    private readonly DatabaseOptions _options;
    private readonly ListStatisticsCache _memory;
    private readonly ListPlan _plan;
    private readonly CancellationToken _cancellation;
    private readonly IReadOnlyList<Field> _fields;
    private readonly string _columns;
    private readonly OrderSql _order;
    private readonly string _all;
    private readonly BatchFilterSql _matching;
    private readonly IReadOnlyList<NpgsqlParameter> _parameters;
    private readonly List<Step> _ran = [];
    private readonly long _maxPageBytes;
    private PageBuffer? _rows;

    /// <summary>Prepares to run a plan.</summary>
    /// <param name="selections">Make selections of conditions.</param>
    /// <param name="connection">An open connection.</param>
    /// <param name="options">How the database is used.</param>
    /// <param name="memory">What is known of lists.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="maxPageBytes">Maximum size of the page in bytes.</param>
    /// <param name="cancellation">Ends the run.</param>
    public ListQuery(
        BatchFilterSqlCache selections,
        NpgsqlConnection connection,
        DatabaseOptions options,
        ListStatisticsCache memory,
        ListPlan plan,
        long maxPageBytes,
        CancellationToken cancellation)
    {
        (_connection, _options, _memory, _plan, _maxPageBytes, _cancellation) = (connection, options, memory, plan, maxPageBytes, cancellation);
        _fields = [.. BatchFields.All.Where(field => plan.Keep.Contains(field) || plan.Order.Any(key => key.Field == field))];
        _columns = ListSql.Columns(_fields);
        _order = new OrderSql(plan);
        var all = selections.Get(plan.AccountId, plan.Deleted, Condition.Always);
        _all = all.Sql;
        _matching = selections.Get(plan.AccountId, plan.Deleted, plan.Where);

        // Of conditions that contradict each other EF Core makes FALSE, without any parameter, and so without the account.
        _parameters = [.. all.Parameters.Concat(_matching.Parameters).DistinctBy(parameter => parameter.ParameterName), .. _order.Parameters];
    }

    /// <summary>Reads the page.</summary>
    /// <exception cref="PageTooLargeException">It has more bytes than a page may have.</exception>
    public async Task<ListPage> PageAsync()
    {
        var page = _plan switch
        {
            { Offset: > int.MaxValue } => Page(StartPage(), await CountAsync()),
            { HasTextSearch: true } => await SearchAsync(),
            { UsesGinIndex: true } => await CollectAndSortAsync(),
            { Count: CountMode.Exact, Offset: >= CountFirstOffset } => await CountAndScanAsync(),
            _ => await ScanInOrderAsync(),
        };
        _rows = null;
        return page;
    }

    /// <summary>Returns the memory of a page that was not finished.</summary>
    public void Dispose() => _rows?.Dispose();

    /// <summary>Explains what was run for the page: runs it again under EXPLAIN.</summary>
    public async Task<QueryExplanation> ExplainAsync()
    {
        var steps = new List<ExplainStep>();
        foreach (var statement in _ran.ToList())
        {
            await ReadAsync(
                [statement with { Name = null, Sql = $"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.Sql}" }],
                async (_, row) => steps.Add(ExplainStep.Parse(statement.Name!, await ReadTextAsync(row))));
        }
        return new QueryExplanation { Where = _plan.Where.ToString(), Order = string.Join(", ", _plan.Order), Steps = steps };
    }

    /// <summary>Reads in order. Counts in the same round trip if an index makes that cheap, else only if the page does not tell the total: what no index serves may
    /// take as long to count as to find.</summary>
    private async Task<ListPage> ScanInOrderAsync()
    {
        var page = Matching("walk", ListSql.Page(_matching.Sql, _order, _columns, _plan.Offset, _plan.Limit + 1));
        var (rows, counted) = (StartPage(), 0L);
        var estimate = _plan.Count == CountMode.Bounded ? _memory.GetEstimate(_plan) : null;
        var countsToo = _plan.Count != CountMode.None && estimate is null && _plan.IsIndexOnlyOrder;
        await ReadAsync(countsToo ? [page, CountStatement] : [page], async (i, row) =>
        {
            if (i == 0)
                await AddAsync(rows, row);
            else
                counted = await ReadNumberAsync(row);
        });
        if (GetTotal(rows) is { } total)
            return Page(rows, total);
        if (estimate is { } known)
            return Page(rows, new ListTotal(known, IsExact: false));
        return Page(rows, countsToo ? await GetTotalAsync(counted, remember: true) : await CountAsync());
    }

    /// <summary>Counts first, and reads in order from the nearer end.</summary>
    private async Task<ListPage> CountAndScanAsync()
    {
        var total = await CountAsync();
        var count = total!.Value.Count;
        var rows = StartPage();
        var onPage = (int)Math.Clamp(count - _plan.Offset, 0, _plan.Limit);
        if (onPage == 0)
            return Page(rows, total);

        var sql = _plan.Offset > count / 2
            ? ListSql.Page(_matching.Sql, new OrderSql(_plan, reversed: true), _columns, count - _plan.Offset - onPage, onPage, reversed: _order)
            : ListSql.Page(_matching.Sql, _order, _columns, _plan.Offset, onPage);
        await ReadAsync([Matching("walk", sql)], async (_, row) => await AddAsync(rows, row));
        return Page(rows, total, hasNext: _plan.Offset + onPage < count);
    }

    /// <summary>Looks at the head of the list first, since text that is frequent fills the page from there; where it is less so, at as much of it as
    /// should. Otherwise the text is rare, and an index finds it all.</summary>
    private async Task<ListPage> SearchAsync()
    {
        if (_memory.IsKnownRare(_plan))
            return await CollectAndSortAsync();
        var wanted = _plan.Offset + _plan.Limit + 1;
        for (var length = Math.Max(MinProbe, 2 * wanted); length <= MaxProbe;)
        {
            var (rows, isAll) = await ProbeHeadAsync((int)length);
            if (isAll || rows.HasMore)
                return Page(rows, GetTotal(rows) ?? await CountAsync());
            if (rows.Count == 0)
            {
                if (_plan is { Offset: 0, After: null })
                    _memory.RememberRare(_plan);
                break;
            }
            length = Math.Max(2 * length, length * 2 * wanted / (_plan.Offset + rows.Count));
        }
        return await CollectAndSortAsync();
    }

    private async Task<(PageBuffer Rows, bool IsAll)> ProbeHeadAsync(int length)
    {
        var (rows, isAll) = (StartPage(), true);
        var head = _matching.Over(ListSql.Head(_all, _order, length));
        var page = new Step("head", ListSql.SortedPage(head, _order, _columns, _plan.Offset, _plan.Limit + 1), HasOrderIndex);
        var more = new Step(null, ListSql.HasMore(_all, _order, length), HasOrderIndex);
        await ReadAsync([page, more], async (i, row) =>
        {
            if (i == 0)
                await AddAsync(rows, row);
            else
                isAll = !await row.ReadAsync(_cancellation);
        });
        return (rows, isAll);
    }

    /// <summary>Has an index find all records, in no order, and sorts them. Where there are too many for that, they are frequent enough to be looked
    /// for one by one.</summary>
    private async Task<ListPage> CollectAndSortAsync()
    {
        var rows = StartPage();
        var isTooMany = _plan.Offset + _plan.Limit > CountBound;
        if (!isTooMany)
        {
            var found = 0L;
            var sql = ListSql.CollectedPage(_matching.Sql, _all, _order, _columns, _plan.Offset, _plan.Limit + 1, CountBound + 1);
            await ReadAsync([Matching("gather", sql)], async (_, row) =>
            {
                // If there are too many, the page is one of any of them, and of no use.
                while (await row.ReadAsync(_cancellation) && (found = row.GetInt64(_fields.Count)) <= CountBound)
                    rows.Add(BatchRowReader.Read(row, _fields));
            });

            // A page without records does not tell how many were found: behind a cursor they may be others.
            if (rows.Count == 0 && _plan.After is not null)
                await ReadAsync([Matching("count", BoundedCount)], async (_, row) => found = await ReadNumberAsync(row));
            isTooMany = found > CountBound;
            if (!isTooMany)
                return Page(rows, GetTotal(rows) ?? (rows.Count > 0 && _plan.Count != CountMode.None ? Exact(found) : await CountAsync()));
        }

        var inOrder = _matching.Over(ListSql.InOrder(_all, _order));
        var page = new Step("walk", ListSql.FilteredPage(inOrder, _order, _columns, _plan.Offset, _plan.Limit + 1), HasOrderIndex);
        rows = StartPage();
        await ReadAsync([page], async (_, row) => await AddAsync(rows, row));
        return Page(rows, GetTotal(rows) ?? await CountAsync());
    }

    /// <summary>Begins the page, again if what was read before was not it.</summary>
    private PageBuffer StartPage()
    {
        _rows?.Dispose();
        return _rows = new PageBuffer(_plan.Keep, _plan.Limit, _maxPageBytes);
    }

    private ListPage Page(PageBuffer rows, ListTotal? total, bool? hasNext = null)
    {
        var seen = _plan.After is null && rows.Count > 0 ? _plan.Offset + rows.Count + (rows.HasMore ? 1 : 0) : 0;
        return new ListPage(
            rows,

            // Counted a moment before or after, it must not contradict what is seen.
            total is { } counted && counted.Count < seen ? counted with { Count = seen } : total,
            hasNext ?? rows.HasMore ? Cursor.Write(_plan, rows.Last!) : null);
    }

    /// <summary>The total where a page tells it: the last one, unless it is past the end, or so far that all pages are to tell an estimate.</summary>
    private ListTotal? GetTotal(PageBuffer rows)
    {
        var count = _plan.Offset + rows.Count;
        return _plan is { Count: not CountMode.None, After: null }
            && !rows.HasMore
            && (rows.Count > 0 || _plan.Offset == 0)
            && (_plan.Count == CountMode.Exact || count <= CountBound)
            ? Exact(count)
            : null;
    }

    private string BoundedCount => ListSql.Count(_matching.Sql, CountBound + 1);

    private Step CountStatement => Matching("count", _plan.Count == CountMode.Exact ? ListSql.Count(_matching.Sql, bound: null) : BoundedCount);

    /// <summary>Whether an index has all records of the list in its order.</summary>
    private bool HasOrderIndex => (_plan with { Where = Condition.Always }).IsIndexOnlyOrder;

    private Step Matching(string? step, string sql) => new(step, sql, _plan.IsIndexOnlyOrder);

    private async Task<ListTotal?> CountAsync()
    {
        var count = 0L;
        if (_plan.Count != CountMode.None)
            await ReadAsync([CountStatement], async (_, row) => count = await ReadNumberAsync(row));
        return await GetTotalAsync(count);
    }

    /// <summary>The total that a count stands for, beyond the bound the planner's estimate.</summary>
    /// <param name="count">The count.</param>
    /// <param name="remember">Whether to look if the list is so large that the estimate will do for a while. Where an index holds just its records, that costs as much as the count.</param>
    private async Task<ListTotal?> GetTotalAsync(long count, bool remember = false)
    {
        if (_plan.Count == CountMode.None)
            return null;
        if (_plan.Count == CountMode.Exact || count <= CountBound)
            return Exact(count);
        var (plan, isLarge) = ("", false);
        var explain = Matching(null, $"EXPLAIN (FORMAT JSON) {_matching.Sql}");
        await ReadAsync(remember ? [explain, Matching(null, ListSql.Count(_matching.Sql, 2 * CountBound))] : [explain], async (i, row) =>
        {
            if (i == 0)
                plan = await ReadTextAsync(row);
            else
                isLarge = await ReadNumberAsync(row) == 2 * CountBound;
        });
        var estimate = Math.Max((long)(double)JsonNode.Parse(plan)![0]!["Plan"]!["Plan Rows"]!, CountBound + 1);
        if (isLarge)
            _memory.RememberLarge(_plan, estimate);
        return new ListTotal(estimate, IsExact: false);
    }

    private static ListTotal Exact(long count) => new(count, IsExact: true);

    private async Task<long> ReadNumberAsync(NpgsqlDataReader row)
    {
        await row.ReadAsync(_cancellation);
        return row.GetInt64(0);
    }

    private async Task AddAsync(PageBuffer rows, NpgsqlDataReader row)
    {
        while (await row.ReadAsync(_cancellation))
            rows.Add(BatchRowReader.Read(row, _fields));
    }

    private async Task<string> ReadTextAsync(NpgsqlDataReader row)
    {
        await row.ReadAsync(_cancellation);
        return row.GetString(0);
    }

    /// <summary>Runs statements in one round trip.</summary>
    /// <param name="statements">The statements.</param>
    /// <param name="read">Reads the result of each.</param>
    private async Task ReadAsync(Step[] statements, Func<int, NpgsqlDataReader, Task> read)
    {
        await using var batch = _connection.CreateBatch();

        // A list has a limit of its own, which the token keeps; that of other statements may be shorter.
        batch.Timeout = 0;
        var isOneWay = Array.TrueForAll(statements, statement => statement.IsOneWay);
        var prologue = _options.ListPrologue(isOneWay);
        if (prologue is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(prologue));
        foreach (var statement in statements)
        {
            var placed = PositionalSql.Create(statement.Sql);
            var command = new NpgsqlBatchCommand(placed.Sql);
            command.Parameters.AddRange(placed.BindParameters(_parameters.Select(parameter => parameter.Clone())));
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync(_cancellation);
        if (prologue is not null)
            await reader.NextResultAsync(_cancellation);
        for (var i = 0; i < statements.Length; i++)
        {
            await read(i, reader);
            await reader.NextResultAsync(_cancellation);
        }
        _ran.AddRange(statements.Where(statement => statement.Name is not null));
    }

    /// <summary>A statement of the run.</summary>
    /// <param name="Name">What it does for the list, to tell the client; null where it only helps another.</param>
    /// <param name="Sql">The statement.</param>
    /// <param name="IsOneWay">Whether there is one good way to run it, whatever the values. Otherwise it is planned for these values.</param>
    private sealed record Step(string? Name, string Sql, bool IsOneWay);
}
