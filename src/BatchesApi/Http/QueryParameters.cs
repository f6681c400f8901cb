using System.Globalization;
using System.Text;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>A parameter of the query as the client wrote it.</summary>
/// <param name="Name">The name in the client's spelling, to name it in faults.</param>
/// <param name="Value">The value, not empty.</param>
internal readonly record struct QueryParameter(string Name, string Value);

/// <summary>The parameters of a query by name, any case (specification, section 3): an empty one is as if not given, one given twice is a
/// fault, and so is an unknown one where requests are read strictly.</summary>
internal sealed class QueryParameters
{
    private static readonly QueryParameters None = new();

    private readonly Dictionary<string, QueryParameter> _values = new(StringComparer.OrdinalIgnoreCase);

    private QueryParameters()
    {
    }

    /// <summary>Finds values that are not UTF-8, of which ASP.NET Core leaves the percent-encoding as it is.</summary>
    /// <param name="query">The query as it came.</param>
    /// <param name="errors">Gets the names.</param>
    public static void CheckEncoding(QueryString query, ValidationErrors errors)
    {
        if (query.Value?.Contains('%', StringComparison.Ordinal) != true)
            return;
        foreach (var (name, value) in FormReader.Read(Encoding.UTF8.GetBytes(query.Value[1..])))
        {
            if (value is null)
                errors.Add(name, "is not valid UTF-8.");
        }
    }

    /// <summary>Reads a query.</summary>
    /// <param name="query">Its parameters, decoded.</param>
    /// <param name="known">The names that the operation knows.</param>
    /// <param name="strict">Whether an unknown name is a fault.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static QueryParameters Parse(IQueryCollection query, IReadOnlyCollection<string> known, bool strict, ValidationErrors errors)
    {
        if (query.Count == 0)
            return None;
        var parameters = new QueryParameters();
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                if (strict)
                {
                    errors.Add(name, known.Count == 0
                        ? "is not a parameter of this operation, which takes none."
                        : $"is not a parameter of this operation, which takes {string.Join(", ", known)}.{Suggestion.For(name, known)}");
                }
            }
            else if (values.Count > 1)
            {
                errors.Add(name, "must not be given more than once.");
            }
            else if (!string.IsNullOrEmpty(values[0]))
            {
                parameters._values.Add(name, new QueryParameter(name, values[0]!));
            }
        }
        return parameters;
    }

    /// <summary>The parameter, or null where it was not given.</summary>
    public QueryParameter? this[string name] => _values.TryGetValue(name, out var parameter) ? parameter : null;

    /// <summary>The value of a parameter that is a number, its default where it was not given or is at fault.</summary>
    public int GetNumber(ApiParameter parameter, ValidationErrors errors)
    {
        var (min, max, defaultValue) = parameter.Number!.Value;
        if (this[parameter.Name] is not { } given)
            return defaultValue;
        if (given.Value.All(char.IsAsciiDigit)
            && int.TryParse(given.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
        {
            return number;
        }
        errors.Add(given.Name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max:N0}."));
        return defaultValue;
    }
}
