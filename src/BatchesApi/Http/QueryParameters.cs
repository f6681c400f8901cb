using System.Globalization;
using System.Text;
using BatchesApi.Domain;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Http;

/// <param name="Name">The name in the spelling of the client, for error messages.</param>
/// <param name="Value">The value.</param>
internal readonly record struct QueryParameter(string Name, string Value);

/// <summary>The parameters of a query by case-insensitive name (specification, section 3). Empty parameters are absent, and duplicates are
/// errors.</summary>
internal sealed class QueryParameters
{
    /// <summary>The parameter that may also be an object in brackets, such as <c>p[rating]=4</c>.</summary>
    private const string BracketedName = "p";

    private static readonly QueryParameters None = new([]);

    private List<KeyValuePair<string, StringValues>>? _bracketed;

    private readonly Dictionary<string, QueryParameter> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Parameters from another source than a query. Empty ones are absent.</summary>
    public QueryParameters(IEnumerable<QueryParameter> parameters)
    {
        foreach (var parameter in parameters.Where(parameter => parameter.Value.Length > 0))
            _values.Add(parameter.Name, parameter);
    }

    /// <summary>Rejects values that are not UTF-8. ASP.NET Core does not decode them.</summary>
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

    /// <param name="query">The parameters, decoded.</param>
    /// <param name="known">The parameters of the operation.</param>
    /// <param name="strict">Whether an unknown name is an error.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="pointer">Returns what to send instead of an unknown parameter, or an empty string.</param>
    public static QueryParameters Parse(
        IQueryCollection query,
        IReadOnlyCollection<string> known,
        bool strict,
        ValidationErrors errors,
        Func<string, StringValues, string>? pointer = null)
    {
        if (query.Count == 0)
            return None;
        var parameters = new QueryParameters([]);
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                if (IsBracketed(name) && known.Contains(BracketedName))
                {
                    (parameters._bracketed ??= []).Add(new(name, values));
                }
                else if (strict && !errors.IsFull)
                {
                    errors.Add(name, $"is not a parameter of this operation. {Describe(name, known, pointer?.Invoke(name, values))}");
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

    public QueryParameter? this[string name] => _values.TryGetValue(name, out var parameter) ? parameter : null;

    /// <summary>The parameters with brackets that make an object.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Bracketed => _bracketed ?? [];

    /// <summary>The value of a numeric parameter; its default if it is absent or invalid.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="errors">Receives the error.</param>
    /// <param name="advise">Returns further advice on an invalid value, after a space, or an empty string.</param>
    public int GetNumber(ApiParameter parameter, ValidationErrors errors, Func<string, string>? advise = null)
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
        errors.Add(given.Name, string.Create(
            CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max:N0}.{advise?.Invoke(given.Value)}"));
        return defaultValue;
    }

    /// <summary>The value of a parameter that is <c>true</c> or <c>false</c>; false if it is absent or invalid.</summary>
    public bool GetBoolean(ApiParameter parameter, ValidationErrors errors)
    {
        if (this[parameter.Name] is not { } given)
            return false;
        if (!bool.TryParse(given.Value, out var value))
            errors.Add(given.Name, "must be true or false.");
        return value;
    }

    /// <summary>What to send instead of an unknown parameter.</summary>
    private static string Describe(string name, IReadOnlyCollection<string> known, string? pointer)
    {
        if (!string.IsNullOrEmpty(pointer))
            return pointer;
        var names = known.Count == 0 ? "none" : string.Join(", ", known);
        return $"{Suggestion.For(name, known)} Parameters: {names}.".TrimStart();
    }

    private static bool IsBracketed(string name) =>
        name.Length > BracketedName.Length && name[BracketedName.Length] == '['
        && name.StartsWith(BracketedName, StringComparison.OrdinalIgnoreCase);
}
