using BatchesApi.Domain;

namespace BatchesApi.Batches;

/// <summary>The items of an array, or a single batch, and their valid codes.</summary>
internal sealed class ArrayCodes
{
    /// <summary>The error of a new batch without a type.</summary>
    public const string TypeOfNewBatch = "is required, because no batch has the code yet.";

    private readonly IReadOnlyList<BatchPatch> _items;
    private readonly List<BatchPatch> _withCode;

    /// <param name="items">The items.</param>
    /// <param name="errors">The errors of the items so far.</param>
    public ArrayCodes(IReadOnlyList<BatchPatch> items, ValidationErrors errors)
    {
        _items = items;
        _withCode = [.. items.Where(item => item.Values.BatchCode.Length > 0 && !errors.Has(GetCodeName(item)))];
    }

    public string[] Distinct => [.. _withCode.Select(item => item.Values.BatchCode).Distinct(StringComparer.Ordinal)];

    /// <summary>The name of an item for errors, such as <c>[3]</c> or <c>[line 7]</c>.</summary>
    public string GetName(int item) => _items[item].ItemName;

    /// <summary>Adds an error for each item whose code another item has, too.</summary>
    public void AddDuplicateErrors(ValidationErrors errors)
    {
        var items = _withCode.ToLookup(item => item.Values.BatchCode, StringComparer.Ordinal);
        foreach (var item in _withCode)
        {
            var code = item.Values.BatchCode;
            if (items[code].FirstOrDefault(other => other.ItemName != item.ItemName) is { } other)
                errors.Add(GetCodeName(item), $"'{code}' is also the batchCode of {Describe(other)}.");
        }
    }

    /// <summary>Adds an error for each item whose code is that of a batch that the caller may see. An array must not test a thousand codes
    /// of hidden batches.</summary>
    /// <param name="taken">The ids of the batches by code; null instead of the id of a hidden batch.</param>
    /// <param name="errors">Receives the errors.</param>
    public void AddTakenErrors(IReadOnlyDictionary<string, string?> taken, ValidationErrors errors)
    {
        foreach (var item in _withCode)
        {
            var code = item.Values.BatchCode;
            if (taken.GetValueOrDefault(code) is { } id)
                errors.Add(GetCodeName(item), $"'{code}' is the code of batch {id}.");
        }
    }

    /// <summary>Adds an error for each item of an upsert that is new and has no type.</summary>
    /// <param name="taken">The codes of existing batches.</param>
    /// <param name="errors">Receives the errors.</param>
    public void AddAbsentTypeErrors(IReadOnlyDictionary<string, string?> taken, ValidationErrors errors)
    {
        foreach (var item in _withCode)
        {
            if (!item.Passed.Contains(BatchFields.BatchType) && !taken.ContainsKey(item.Values.BatchCode))
                errors.Add(GetName(item, BatchFields.BatchType), TypeOfNewBatch);
        }
    }

    private static string GetCodeName(BatchPatch item) => GetName(item, BatchFields.BatchCode);

    private static string GetName(BatchPatch item, Field field) =>
        item.ItemName.Length == 0 ? item.GetName(field) : $"{item.ItemName}.{field.Name}";

    /// <summary>The item in a sentence: <c>item 3</c> or <c>line 7</c>.</summary>
    private static string Describe(BatchPatch item)
    {
        var name = item.ItemName.Trim('[', ']');
        return name.StartsWith("line", StringComparison.Ordinal) ? name : $"item {name}";
    }
}
