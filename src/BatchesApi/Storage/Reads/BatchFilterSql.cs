using System.Text.RegularExpressions;
using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>Batches as a query of SQL, unordered, to stand in a statement as a table: EF Core's translation of an expression.</summary>
/// <param name="Sql">The query; it yields the columns of batches.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed partial record BatchFilterSql(string Sql, IReadOnlyList<NpgsqlParameter> Parameters)
{
    /// <summary>Where EF Core reads batches from; nothing that a client wrote is in the text of a query.</summary>
    private const string Table = "FROM batches AS b";

    private const string Where = $"{Table}\nWHERE ";

    /// <summary>The condition on a batch <c>b</c> that it is among them.</summary>
    public string Predicate => Sql[(Sql.IndexOf(Where, StringComparison.Ordinal) + Where.Length)..];

    /// <summary>The query over what another one yields, instead of over the table. As no index finds the records then, patterns need not be known
    /// before the statement is planned, but are to be worked out once and not for each record.</summary>
    public string Over(string query) => Pattern().Replace(Sql.Replace(Table, $"FROM ({query}) AS b", StringComparison.Ordinal), "(SELECT $0)");

    /// <summary>The batches that a query yields.</summary>
    public static BatchFilterSql FromQuery(IQueryable<Batch> query)
    {
        using var command = query.CreateDbCommand();
        return new BatchFilterSql(command.CommandText.ReplaceLineEndings("\n"), [.. command.Parameters.Cast<NpgsqlParameter>().Select(parameter => parameter.Clone())]);
    }

    [GeneratedRegex(@"search_pattern\(@\w+, (TRUE|FALSE)\)")]
    private static partial Regex Pattern();
}
