using BatchesApi.Domain;
using BatchesApi.Lists;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>A statement of a list.</summary>
/// <param name="Step">The name of the step in <see cref="QueryExplanation"/>; null if the statement only supports another one.</param>
/// <param name="Sql">The statement.</param>
/// <param name="IsPlannedOnce">Whether one plan is good for all values. Otherwise, PostgreSQL plans the statement for its values.</param>
internal sealed record ListStatement(string? Step, Sql Sql, bool IsPlannedOnce)
{
    /// <summary>The step that counts.</summary>
    public const string Count = "count";
}

/// <summary>Runs the statements of one list.</summary>
/// <param name="connection">An open connection.</param>
/// <param name="options">The database options.</param>
/// <param name="cancellation">Cancels the statements.</param>
internal sealed class ListExecutor(NpgsqlConnection connection, DatabaseOptions options, CancellationToken cancellation)
{
    private readonly List<ListStatement> _steps = [];

    /// <summary>The last step that looked for the page; null if none did.</summary>
    public string? PageStep => _steps.FindLast(statement => statement.Step != ListStatement.Count)?.Step;

    /// <summary>Runs statements in one round trip.</summary>
    /// <returns>Their results, in order. Must be disposed before the next run.</returns>
    public async Task<ListResults> RunAsync(params IReadOnlyList<ListStatement> statements)
    {
        _steps.AddRange(statements.Where(statement => statement.Step is not null));
        var batch = connection.CreateBatch();
        try
        {
            // Lists have their own time limit, which cancels the token; the command timeout may be shorter.
            batch.Timeout = 0;
            var prologue = options.ListPrologue(statements.All(statement => statement.IsPlannedOnce));
            if (prologue is not null)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(prologue));
            foreach (var statement in statements)
                batch.Add(statement.Sql);
            var reader = await batch.ExecuteReaderAsync(cancellation);
            return new ListResults(batch, reader, hasPrologue: prologue is not null, cancellation);
        }
        catch
        {
            await batch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a statement that returns a number.</summary>
    public async Task<long> ReadNumberAsync(ListStatement statement)
    {
        await using var results = await RunAsync(statement);
        return await results.ReadNumberAsync();
    }

    /// <summary>Returns the numbers of rows that PostgreSQL estimates for queries.</summary>
    public async Task<IReadOnlyList<long>> EstimateAsync(IEnumerable<Sql> queries)
    {
        var statements = queries.Select(query => new ListStatement(null, $"EXPLAIN (FORMAT JSON) {query}", IsPlannedOnce: false)).ToList();
        await using var results = await RunAsync(statements);
        var estimates = new List<long>();
        foreach (var _ in statements)
            estimates.Add(ExplainStep.ParseEstimate(await results.ReadTextAsync()));
        return estimates;
    }

    /// <summary>Runs all steps again, under EXPLAIN.</summary>
    public async Task<IReadOnlyList<ExplainStep>> ExplainAsync()
    {
        var explained = new List<ExplainStep>();
        foreach (var step in _steps.ToList())
        {
            Sql explain = $"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {step.Sql}";
            await using var results = await RunAsync(new ListStatement(null, explain, step.IsPlannedOnce));
            explained.Add(ExplainStep.Parse(step.Step!, await results.ReadTextAsync()));
        }
        return explained;
    }
}

/// <summary>The results of statements that ran in one round trip. Each is read once, in order.</summary>
internal sealed class ListResults(NpgsqlBatch batch, NpgsqlDataReader reader, bool hasPrologue, CancellationToken cancellation)
    : IAsyncDisposable
{
    private bool _hasPrevious = hasPrologue;

    /// <summary>Adds the records of the next result to a page.</summary>
    public async Task ReadPageAsync(PageBuffer page, IReadOnlyList<Field> fields)
    {
        await StartAsync();
        while (await reader.ReadAsync(cancellation))
            page.Add(BatchRowReader.Read(reader, fields));
    }

    /// <summary>Adds the records of the next result, a <see cref="ListSql.CollectedPage"/>, to a page. If there are too many candidates or
    /// records, the page has arbitrary records and is useless, so reading stops.</summary>
    /// <returns>The number of records and of candidates.</returns>
    public async Task<(long Found, long Candidates)> ReadCollectedPageAsync(PageBuffer page, IReadOnlyList<Field> fields)
    {
        await StartAsync();
        var (found, candidates) = (0L, 0L);
        while (await reader.ReadAsync(cancellation))
        {
            (found, candidates) = (reader.GetInt64(fields.Count), reader.GetInt64(fields.Count + 1));
            if (!ListStrategy.IsComplete(found, candidates))
                break;
            if (reader.GetBoolean(fields.Count + 2))
                page.Add(BatchRowReader.Read(reader, fields));
        }
        return (found, candidates);
    }

    /// <summary>Reads the number that the next result consists of.</summary>
    public async Task<long> ReadNumberAsync()
    {
        await StartAsync();
        await reader.ReadAsync(cancellation);
        return reader.GetInt64(0);
    }

    /// <summary>Reads the text that the next result consists of.</summary>
    public async Task<string> ReadTextAsync()
    {
        await StartAsync();
        await reader.ReadAsync(cancellation);
        return reader.GetString(0);
    }

    /// <summary>Reads the texts that the next result consists of.</summary>
    public async Task<IReadOnlyList<string>> ReadTextsAsync()
    {
        await StartAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellation))
            texts.Add(reader.GetString(0));
        return texts;
    }

    /// <summary>Reads the groups that the next result consists of.</summary>
    public async Task<GroupPage> ReadGroupsAsync(IReadOnlyList<GroupKey> keys)
    {
        await StartAsync();
        var groups = new List<BatchGroup>();
        var (count, total) = (0L, 0L);
        while (await reader.ReadAsync(cancellation))
        {
            groups.Add(new BatchGroup([.. keys.Select((key, i) => ReadValue(key, i))], reader.GetInt64(keys.Count)));
            (count, total) = (reader.GetInt64(keys.Count + 1), reader.GetInt64(keys.Count + 2));
        }
        return new GroupPage(groups, count, total);
    }

    /// <summary>Whether the next result has a row.</summary>
    public async Task<bool> AnyAsync()
    {
        await StartAsync();
        return await reader.ReadAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync();
        await batch.DisposeAsync();
    }

    private object? ReadValue(GroupKey key, int column) => reader.IsDBNull(column) ? null : key.Field.Kind switch
    {
        FieldKind.DateTime => reader.GetFieldValue<DateOnly>(column),
        FieldKind.Boolean => reader.GetBoolean(column),
        FieldKind.Integer => reader.GetInt32(column),
        _ => reader.GetString(column),
    };

    private async ValueTask StartAsync()
    {
        if (_hasPrevious)
            await reader.NextResultAsync(cancellation);
        _hasPrevious = true;
    }
}
