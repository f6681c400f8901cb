using System.Text.RegularExpressions;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>A statement whose parameters PostgreSQL knows by their places. By names, Npgsql would look for them in the text each time that it is run.</summary>
internal sealed partial class PositionalSql
{
    /// <summary>Most characters of statements that are remembered.</summary>
    private const int MaxCachedStatements = 2_000_000;

    private static readonly MemoryCache Cache = new(new MemoryCacheOptions { SizeLimit = MaxCachedStatements });

    private readonly List<string> _names = [];

    private PositionalSql(string sql)
    {
        Sql = Name().Replace(sql, found =>
        {
            var place = _names.IndexOf(found.Value[1..]);
            if (place < 0)
            {
                place = _names.Count;
                _names.Add(found.Value[1..]);
            }
            return $"${place + 1}";
        });
    }

    /// <summary>The statement of a text.</summary>
    /// <param name="sql">The text, with names such as <c>@id</c>.</param>
    public static PositionalSql Create(string sql) => Create(sql, () => sql);

    /// <summary>The statement that a text is composed for, which is done once.</summary>
    /// <param name="of">All that the text depends on.</param>
    /// <param name="compose">Composes the text, with names such as <c>@id</c>.</param>
    public static PositionalSql Create<T>(T of, Func<string> compose)
        where T : notnull
    {
        if (Cache.TryGetValue(of, out PositionalSql? statement))
            return statement!;
        statement = new PositionalSql(compose());
        return Cache.Set(of, statement, new MemoryCacheEntryOptions { Size = statement.Sql.Length });
    }

    /// <summary>The text, with places such as <c>$1</c>.</summary>
    public string Sql { get; }

    /// <summary>The parameters in the order of their places; of those given, those that the statement names.</summary>
    /// <param name="given">Parameters with names. They belong to the statement from now on.</param>
    /// <exception cref="InvalidOperationException">One that the statement names is not among them.</exception>
    public NpgsqlParameter[] BindParameters(IEnumerable<NpgsqlParameter> given)
    {
        var places = new NpgsqlParameter[_names.Count];
        foreach (var parameter in given)
        {
            var place = _names.IndexOf(parameter.ParameterName.TrimStart('@'));
            if (place < 0)
                continue;
            places[place] = parameter;
            parameter.ParameterName = "";
        }
        var missing = Array.IndexOf(places, null);
        return missing < 0 ? places : throw new InvalidOperationException($"The statement names '{_names[missing]}', which is not given.");
    }

    /// <summary>A name, unless it stands in a text or is an operator such as <c>@&gt;</c>.</summary>
    [GeneratedRegex(@"(?<![\w@])@\w+")]
    private static partial Regex Name();
}
