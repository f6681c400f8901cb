using System.Collections.Concurrent;
using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using Npgsql;

namespace BatchesApi.Querying;

/// <summary>Reads batches: runs the plans of lists, and finds single ones.</summary>
/// <param name="selections">Make selections of conditions.</param>
/// <param name="source">The database.</param>
/// <param name="settings">What a list may take.</param>
internal sealed class ListRunner(Selections selections, NpgsqlDataSource source, ListSettings settings)
{
    private readonly ConcurrentDictionary<bool, Find> _finds = new();

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="explain">Whether to tell how the list was found.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="ListTimeoutException">It takes longer than a list may.</exception>
    public async Task<ListPage> RunAsync(ListPlan plan, bool explain, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            var run = new ListRun(selections, source, plan, limit.Token);
            var page = await run.PageAsync();
            return explain ? page with { Explanation = await run.ExplainAsync() } : page;
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new ListTimeoutException(settings.Timeout, fault);
        }
    }

    /// <summary>Finds a batch.</summary>
    /// <param name="accountId">Whose it is.</param>
    /// <param name="deleted">Whether it is deleted.</param>
    /// <param name="policy">The condition that it meets.</param>
    /// <param name="id">Its id.</param>
    /// <param name="keep">The fields to read.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The batch; null where there is none such.</returns>
    public async Task<Batch?> FindAsync(int accountId, bool deleted, Condition policy, string id, FieldSet keep, CancellationToken cancellation)
    {
        var find = keep == FieldSet.All
            ? _finds.GetOrAdd(deleted, static (deleted, self) => self.FindOf(deleted, FieldSet.All), this)
            : FindOf(deleted, keep.With(BatchFields.Version)); // The entity tag tells the version, kept or not.
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(find.Sql, connection);
        if (policy == Condition.Always)
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = accountId });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        }
        else
        {
            var selection = selections.Of(accountId, deleted, policy);
            command.CommandText = $"SELECT {ListSql.Columns(find.Fields)} FROM ({selection.Sql}) AS b WHERE b.id = @id";
            command.Parameters.AddRange(selection.Parameters.ToArray());
            command.Parameters.Add(new NpgsqlParameter("id", id));
        }
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? BatchRows.Read(row, find.Fields) : null;
    }

    private Find FindOf(bool deleted, FieldSet keep)
    {
        Field[] fields = [.. BatchFields.All.Where(keep.Contains)];
        var all = selections.Of(0, deleted, Condition.Always);
        var from = all.Sql.Replace($"@{all.Parameters[0].ParameterName.TrimStart('@')}", "$1", StringComparison.Ordinal);
        return new Find(fields, $"SELECT {ListSql.Columns(fields)} FROM ({from}) AS b WHERE b.id = $2");
    }

    /// <summary>How to find a batch by the account and the id.</summary>
    /// <param name="Fields">The fields to read.</param>
    /// <param name="Sql">The statement; by numbers of parameters, since Npgsql would have to look for names each time.</param>
    private sealed record Find(IReadOnlyList<Field> Fields, string Sql);
}
