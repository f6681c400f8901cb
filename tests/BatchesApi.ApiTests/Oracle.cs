using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using BatchesApi.Domain;

namespace BatchesApi.ApiTests;

/// <summary>The specified order of lists (section 3), computed without a database: .NET's ICU, whose invariant culture is the root
/// collation, and the order of the bytes if that finds no difference.</summary>
/// <param name="batches">The batches of the list.</param>
internal sealed class Oracle(IReadOnlyList<Batch> batches)
{
    private static readonly Dictionary<string, Func<Batch, IComparable?>> Values = new()
    {
        ["id"] = b => new Bytes(b.Id),
        ["batchCode"] = b => new RootText(b.BatchCode),
        ["batchType"] = b => new RootText(b.BatchType),
        ["manager"] = b => RootText.Of(b.Manager),
        ["assignee"] = b => RootText.Of(b.Assignee),
        ["summary"] = b => RootText.Of(b.Summary),
        ["notes"] = b => RootText.Of(b.Notes),
        ["dueDate"] = b => b.DueDate,
        ["repeated"] = b => b.Repeated,
        ["rating"] = b => b.Rating,
        ["createdAt"] = b => b.CreatedAt,
        ["updatedAt"] = b => b.UpdatedAt,
        ["deletedAt"] = b => b.DeletedAt,
        ["version"] = b => b.Version,
    };

    /// <summary>The rank of each batch's value among all values of a field, or null if the value is missing.</summary>
    private readonly ConcurrentDictionary<string, int?[]> _places = new();

    /// <summary>The sortable fields.</summary>
    public static IEnumerable<string> Sortable => Values.Keys;

    /// <summary>The value of a sortable field, which compares as lists order it; null if it is missing.</summary>
    public static IComparable? GetValue(Batch batch, string name) => Values[name](batch);

    /// <summary>The ids of batches in order.</summary>
    /// <param name="batches">The batches.</param>
    /// <param name="sortBy">As the parameter.</param>
    /// <param name="order">As the parameter.</param>
    public static IEnumerable<string> Sort(IEnumerable<Batch> batches, string sortBy, string order) =>
        new Oracle([.. batches]).Sort(sortBy, order);

    /// <summary>The ids of the list in order.</summary>
    /// <param name="sortBy">As the parameter.</param>
    /// <param name="order">As the parameter.</param>
    public IReadOnlyList<string> Sort(string sortBy, string order)
    {
        var directions = order.Split(',');
        var keys = sortBy.Split(',').Select((name, i) => (Places: Places(name), Descending: directions[i % directions.Length] == "desc"))
            .Append((Places: Places("id"), Descending: directions[0] == "desc"))
            .ToArray();
        return
        [
            .. Enumerable.Range(0, batches.Count)
                .Order(Comparer<int>.Create((x, y) =>
                {
                    foreach (var (places, descending) in keys)
                    {
                        var difference = Compare(places[x], places[y], descending);
                        if (difference != 0)
                            return difference;
                    }
                    return 0;
                }))
                .Select(i => batches[i].Id),
        ];
    }

    private int?[] Places(string name) => _places.GetOrAdd(name, _ =>
    {
        var values = batches.Select(Values[name]).ToList();
        var places = values.OfType<IComparable>().Distinct().Order().Index().ToDictionary(value => value.Item, value => value.Index);
        return [.. values.Select(value => value is null ? (int?)null : places[value])];
    });

    private static int Compare(int? x, int? y, bool descending) => (x, y) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ => descending ? y.Value.CompareTo(x.Value) : x.Value.CompareTo(y.Value),
    };

    private sealed record Bytes(string Text) : IComparable
    {
        public int CompareTo(object? obj) =>
            Encoding.UTF8.GetBytes(Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(((Bytes)obj!).Text));
    }

    private sealed record RootText(string Text) : IComparable
    {
        private static readonly CompareInfo Root = CultureInfo.InvariantCulture.CompareInfo;

        public static RootText? Of(string? text) => text is null ? null : new RootText(text);

        public int CompareTo(object? obj)
        {
            var other = ((RootText)obj!).Text;
            var difference = Root.Compare(Text, other, CompareOptions.None);
            return difference != 0 ? difference : new Bytes(Text).CompareTo(new Bytes(other));
        }
    }
}
