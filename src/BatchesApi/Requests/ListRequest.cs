using System.Globalization;
using BatchesApi.Model;

namespace BatchesApi.Requests;

/// <summary>How the records of a list are counted (contract, section 3).</summary>
internal enum CountMode
{
    /// <summary>Exactly where that is cheap.</summary>
    Bounded,

    /// <summary>Exactly.</summary>
    Exact,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>A list as the client asked for it: every parameter understood, nothing held against the catalogue yet but the fields to
/// keep.</summary>
/// <param name="Limit">Records a page, 1 to <see cref="MaxLimit"/>.</param>
/// <param name="Page">The page, from 1 on.</param>
/// <param name="SortBy">The parameter <c>sortBy</c>, null where it was not given.</param>
/// <param name="Order">The parameter <c>order</c>, null where it was not given.</param>
/// <param name="Keep">The fields to keep in each record.</param>
/// <param name="Count">How to count.</param>
internal sealed record ListRequest(
    int Limit, int Page, QueryParameter? SortBy, QueryParameter? Order, FieldSet Keep, CountMode Count)
{
    /// <summary>Most records a page.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>Records a page where the client does not say.</summary>
    public const int DefaultLimit = 20;

    /// <summary>The names of the parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = ["limit", "page", "sortBy", "order", "fields", "count"];

    /// <summary>Reads the parameters of a list.</summary>
    public static ListRequest Read(QueryParameters parameters, Faults faults) => new(
        Limit: Number(parameters["limit"], DefaultLimit, MaxLimit, faults),
        Page: Number(parameters["page"], 1, int.MaxValue, faults),
        SortBy: parameters["sortBy"],
        Order: parameters["order"],
        Keep: KeptFields.Read(parameters["fields"], faults),
        Count: Mode(parameters["count"], faults));

    private static int Number(QueryParameter? parameter, int whenAbsent, int most, Faults faults)
    {
        if (parameter is not { } given)
            return whenAbsent;
        if (int.TryParse(given.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most)
            return number;
        faults.Add(given.Name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {most:N0}."));
        return whenAbsent;
    }

    private static CountMode Mode(QueryParameter? parameter, Faults faults)
    {
        if (parameter is not { } given)
            return CountMode.Bounded;
        foreach (var mode in Enum.GetValues<CountMode>())
        {
            if (given.Value.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
                return mode;
        }
        faults.Add(given.Name, "must be exact, bounded or none.");
        return CountMode.Bounded;
    }
}
