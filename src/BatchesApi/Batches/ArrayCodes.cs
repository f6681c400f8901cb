using System.Globalization;
using BatchesApi.Domain;

namespace BatchesApi.Batches;

/// <summary>The valid codes of the items of an array.</summary>
internal sealed class ArrayCodes
{
    private readonly List<(int Item, string Code)> _codes;

    /// <param name="patches">The items.</param>
    /// <param name="errors">The errors of the items so far.</param>
    public ArrayCodes(IReadOnlyList<BatchPatch> patches, ValidationErrors errors) => _codes =
    [
        .. patches.Index()
            .Where(patch => patch.Item.Values.BatchCode.Length > 0 && !errors.Has(GetName(patch.Index)))
            .Select(patch => (patch.Index, patch.Item.Values.BatchCode)),
    ];

    public string[] Distinct => [.. _codes.Select(item => item.Code).Distinct(StringComparer.Ordinal)];

    /// <summary>Adds an error for each item whose code another item has, too.</summary>
    public void AddDuplicateErrors(ValidationErrors errors)
    {
        var items = _codes.ToLookup(item => item.Code, item => item.Item, StringComparer.Ordinal);
        foreach (var (item, code) in _codes)
        {
            var first = items[code].First();
            var other = item == first ? items[code].ElementAtOrDefault(1) : first;
            if (items[code].Count() > 1)
                errors.Add(GetName(item), string.Create(CultureInfo.InvariantCulture, $"'{code}' is also the batchCode of item {other}."));
        }
    }

    /// <summary>Adds an error for each item whose code is that of a batch that the caller may see. An array must not test a thousand codes
    /// of hidden batches.</summary>
    /// <param name="taken">The ids of the batches by code; null instead of the id of a hidden batch.</param>
    /// <param name="errors">Receives the errors.</param>
    public void AddTakenErrors(IReadOnlyDictionary<string, string?> taken, ValidationErrors errors)
    {
        foreach (var (item, code) in _codes)
        {
            if (taken.GetValueOrDefault(code) is { } id)
                errors.Add(GetName(item), $"'{code}' is the code of batch {id}.");
        }
    }

    private static string GetName(int item) => string.Create(CultureInfo.InvariantCulture, $"[{item}].{BatchFields.BatchCode.Name}");
}
