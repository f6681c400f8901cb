using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Querying;

/// <summary>Batches as a query of SQL, unordered, to stand in a statement as a table: EF Core's translation of an expression.</summary>
/// <param name="Sql">The query; it yields the columns of batches.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed partial record Selection(string Sql, IReadOnlyList<NpgsqlParameter> Parameters)
{
    /// <summary>Where EF Core reads batches from; nothing that a client wrote is in the text of a query.</summary>
    private const string Table = "FROM batches AS b";

    private const string Where = $"{Table}\nWHERE ";

    private static readonly ConcurrentDictionary<bool, Selection> OfAll = new();

    /// <summary>The batches of a list that meet a condition.</summary>
    /// <param name="db">Translates; it is not connected.</param>
    /// <param name="accountId">Whose batches.</param>
    /// <param name="deleted">Whether the deleted ones, or the living.</param>
    /// <param name="where">The condition.</param>
    public static Selection Of(BatchesContext db, int accountId, bool deleted, Condition where)
    {
        if (where != Condition.Always)
            return Of(db.BatchesOf(accountId, deleted).Meeting(where));

        // The text is always the same, and the account the only parameter.
        var all = OfAll.GetOrAdd(deleted, static (deleted, db) => Of(db.BatchesOf(0, deleted)), db);
        var account = all.Parameters.Single().Clone();
        account.Value = accountId;
        return all with { Parameters = [account] };
    }

    /// <summary>The condition on a batch <c>b</c> that it is among them.</summary>
    public string Predicate => Sql[(Sql.IndexOf(Where, StringComparison.Ordinal) + Where.Length)..];

    /// <summary>The query over what another one yields, instead of over the table. As no index finds the records then, patterns need not be known
    /// before the statement is planned, but are to be worked out once and not for each record.</summary>
    public string Over(string query) => Pattern().Replace(Sql.Replace(Table, $"FROM ({query}) AS b", StringComparison.Ordinal), "(SELECT $0)");

    private static Selection Of(IQueryable<Batch> query)
    {
        using var command = query.CreateDbCommand();
        return new Selection(command.CommandText.ReplaceLineEndings("\n"), [.. command.Parameters.Cast<NpgsqlParameter>().Select(parameter => parameter.Clone())]);
    }

    [GeneratedRegex(@"search_pattern\(@\w+, (TRUE|FALSE)\)")]
    private static partial Regex Pattern();
}
