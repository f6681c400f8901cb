using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Querying;

/// <summary>Batches as a query of SQL, unordered, to stand in a statement as a table: EF Core's translation of an expression.</summary>
/// <param name="Sql">The query; it yields the columns of batches.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed record Selection(string Sql, IReadOnlyList<NpgsqlParameter> Parameters)
{
    /// <summary>Translates a query.</summary>
    public static Selection Of(IQueryable<Batch> query)
    {
        using var command = query.CreateDbCommand();
        return new Selection(command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(parameter => parameter.Clone())]);
    }

    /// <summary>The selection with more parameters, of the statements around it.</summary>
    public Selection With(IEnumerable<NpgsqlParameter> parameters) => this with { Parameters = [.. Parameters, .. parameters] };
}
