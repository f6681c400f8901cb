using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage;

/// <summary>SQL and the values in it, written as an interpolated string: <c>Sql sql = $"… WHERE id = {id}"</c>. Other SQL in braces becomes
/// part of the text; every other value, strings included, becomes a parameter. Client input can therefore never become SQL.</summary>
[InterpolatedStringHandler]
internal sealed partial class Sql
{
    /// <summary>Texts, pieces of SQL and values, in order.</summary>
    private readonly List<object> _parts;

    /// <summary>Called by the compiler, which then appends the parts.</summary>
    public Sql(int literalLength, int formattedCount) => _parts = new List<object>((2 * formattedCount) + Math.Sign(literalLength));

    private Sql(string text) => _parts = [text];

    /// <summary>No SQL.</summary>
    public static Sql Empty { get; } = new("");

    /// <summary>The condition that is always met.</summary>
    public static Sql True { get; } = new("TRUE");

    /// <summary>SQL from a text that contains no client input.</summary>
    public static Sql Raw(string text) => new(text);

    /// <summary>A number that is part of the text, so that PostgreSQL can plan for it.</summary>
    public static Sql Literal(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Pieces of SQL with a separator between them.</summary>
    public static Sql Join(string separator, IEnumerable<Sql> pieces)
    {
        var joined = new Sql(0, 0);
        foreach (var piece in pieces)
        {
            if (joined._parts.Count > 0)
                joined.AppendLiteral(separator);
            joined.AppendFormatted(piece);
        }
        return joined;
    }

    /// <summary>EF Core's translation of a query.</summary>
    public static Sql FromQuery(IQueryable<Batch> query)
    {
        using var command = query.CreateDbCommand();
        var values = command.Parameters.Cast<NpgsqlParameter>().ToDictionary(
            parameter => parameter.ParameterName,
            parameter => new SqlValue(parameter.Value, parameter.NpgsqlDbType),
            StringComparer.Ordinal);
        var sql = new Sql(0, 2 * values.Count);

        // EF Core names its parameters. No value is part of its text, so a name cannot stand in one.
        foreach (var text in ParameterName().Split(command.CommandText.ReplaceLineEndings("\n")))
        {
            if (values.TryGetValue(text, out var value))
                sql.AppendFormatted(value);
            else
                sql.AppendLiteral(text);
        }
        return sql;
    }

    public void AppendLiteral(string text) => _parts.Add(text);

    public void AppendFormatted(Sql sql) => _parts.Add(sql);

    public void AppendFormatted(SqlValue value) => _parts.Add(value);

    public void AppendFormatted(string? value) => _parts.Add(new SqlValue(value, NpgsqlDbType.Text));

    public void AppendFormatted(int value) => _parts.Add(new SqlValue(value, NpgsqlDbType.Integer));

    public void AppendFormatted(DateTime value) => _parts.Add(new SqlValue(value, NpgsqlDbType.TimestampTz));

    public void AppendFormatted(string[] value) => _parts.Add(new SqlValue(value, NpgsqlDbType.Array | NpgsqlDbType.Text));

    public void AppendFormatted(int[] value) => _parts.Add(new SqlValue(value, NpgsqlDbType.Array | NpgsqlDbType.Integer));

    public void AppendFormatted(ReadOnlyMemory<byte> value) => _parts.Add(new SqlValue(value, NpgsqlDbType.Bytea));

    /// <summary>Writes the statement.</summary>
    /// <param name="parameters">Receives the values.</param>
    /// <returns>The text, in which <c>$1</c> is the first of them.</returns>
    public string Write(NpgsqlParameterCollection parameters)
    {
        using var writer = SqlWriter.Rent();
        Write(writer);
        foreach (var value in writer.Values)
            parameters.Add(value.CreateParameter());
        return writer.GetText();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        using var writer = SqlWriter.Rent();
        Write(writer);
        return writer.GetText();
    }

    private void Write(SqlWriter writer)
    {
        foreach (var part in _parts)
        {
            if (part is string text)
                writer.Write(text);
            else if (part is Sql sql)
                sql.Write(writer);
            else
                writer.Write((SqlValue)part);
        }
    }

    [GeneratedRegex(@"(@\w+)")]
    private static partial Regex ParameterName();
}

/// <summary>A value in a statement. It is one parameter, however often the statement contains this object; equal values are separate
/// parameters, so the text does not depend on the values.</summary>
internal sealed class SqlValue(object? value, NpgsqlDbType type)
{
    /// <summary>The value of a field of a batch.</summary>
    public SqlValue(Field field, object? value)
        : this(value, BatchRowReader.GetDbType(field))
    {
    }

    /// <summary>Creates the parameter for one command; a parameter cannot belong to two.</summary>
    public NpgsqlParameter CreateParameter() => new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };
}
