using BatchesApi.Lists;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Storage.Reads;

/// <summary>What recent lists showed, which saves work if they are requested again: page after page, or by many clients. It never makes a
/// response wrong.</summary>
internal sealed class ListStatisticsCache : IDisposable
{
    /// <summary>How long a list is known to be large. It had twice as many records as are counted; in this time, clients cannot delete half
    /// of them one by one.</summary>
    private static readonly TimeSpan LargeDuration = TimeSpan.FromSeconds(1);

    /// <summary>How long a text is known to be rare. If it is no longer rare, the list is correct but slower.</summary>
    private static readonly TimeSpan RareDuration = TimeSpan.FromSeconds(10);

    /// <summary>How long a list is known to be quick.</summary>
    private static readonly TimeSpan QuickDuration = TimeSpan.FromSeconds(1);

    /// <summary>Maximum number of characters of the cached conditions.</summary>
    private const int MaxChars = 1_000_000;

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MaxChars });

    /// <summary>The estimated number of records, if the list is known to be large; otherwise null.</summary>
    public long? GetEstimate(ListPlan plan) => _known.TryGetValue(CreateKey(plan, "large"), out long estimate) ? estimate : null;

    /// <summary>Remembers that a list has at least twice as many records as are counted.</summary>
    public void RememberLarge(ListPlan plan, long estimate) => Remember(CreateKey(plan, "large"), estimate, LargeDuration);

    /// <summary>Whether the text that the list searches is known to be rare at its head.</summary>
    public bool IsKnownRare(ListPlan plan) => _known.TryGetValue(CreateKey(plan, $"rare by {string.Join(", ", plan.Order)}"), out _);

    public void RememberRare(ListPlan plan) => Remember(CreateKey(plan, $"rare by {string.Join(", ", plan.Order)}"), true, RareDuration);

    /// <summary>Whether exactly this list was quick recently.</summary>
    public bool IsKnownQuick(ListPlan plan) => _known.TryGetValue(CreateKey(plan, Extent(plan)), out _);

    public void RememberQuick(ListPlan plan) => Remember(CreateKey(plan, Extent(plan)), true, QuickDuration);

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    /// <summary>The part of a list that is read, which determines how long it takes.</summary>
    private static string Extent(ListPlan plan) =>
        $"quick by {string.Join(", ", plan.Order)} {plan.Count} {plan.Offset} {plan.Limit} {string.Join(", ", plan.After ?? [])}";

    private void Remember<T>(Key key, T value, TimeSpan time) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = time, Size = key.Where.Length });

    private static Key CreateKey(ListPlan plan, string what) => new(what, plan.AccountId, plan.Deleted, plan.Where.ToString());

    private readonly record struct Key(string What, int AccountId, bool Deleted, string Where);
}
