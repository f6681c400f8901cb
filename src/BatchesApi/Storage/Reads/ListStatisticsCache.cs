using BatchesApi.Lists;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Storage.Reads;

/// <summary>What was learned of lists moments ago, and saves work when they are asked for again: page after page, or by many at once. Nothing of it can
/// make an answer wrong.</summary>
internal sealed class ListStatisticsCache : IDisposable
{
    /// <summary>How long a list is taken for large. It then had twice as many records as are counted one by one, and in this time no client can delete
    /// the half of them one by one.</summary>
    private static readonly TimeSpan LargeDuration = TimeSpan.FromSeconds(1);

    /// <summary>How long a text is taken for rare. If it is not any more, the list is found all the same, if not so fast.</summary>
    private static readonly TimeSpan RareDuration = TimeSpan.FromSeconds(10);

    /// <summary>How long a list is taken for quick after it was.</summary>
    private static readonly TimeSpan QuickDuration = TimeSpan.FromSeconds(1);

    /// <summary>Most characters of lists that are remembered.</summary>
    private const int MaxEntries = 1_000_000;

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MaxEntries });

    /// <summary>About how many records the list has, where it is known to be large; null where it is not.</summary>
    public long? GetEstimate(ListPlan plan) => _known.TryGetValue(CreateKey(plan, "large"), out long estimate) ? estimate : null;

    /// <summary>Notes that a list has twice as many records as are counted one by one, or more.</summary>
    public void RememberLarge(ListPlan plan, long estimate) => Remember(CreateKey(plan, "large"), estimate, LargeDuration);

    /// <summary>Whether the text that the list asks for is known to be rare at its head.</summary>
    public bool IsKnownRare(ListPlan plan) => _known.TryGetValue(CreateKey(plan, $"rare by {string.Join(", ", plan.Order)}"), out _);

    /// <summary>Notes that the text which the list asks for is rare.</summary>
    public void RememberRare(ListPlan plan) => Remember(CreateKey(plan, $"rare by {string.Join(", ", plan.Order)}"), true, RareDuration);

    /// <summary>Whether this very list was quick a moment ago.</summary>
    public bool IsKnownQuick(ListPlan plan) => _known.TryGetValue(CreateKey(plan, Extent(plan)), out _);

    /// <summary>Notes that a list was quick.</summary>
    public void RememberQuick(ListPlan plan) => Remember(CreateKey(plan, Extent(plan)), true, QuickDuration);

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    /// <summary>How much of a list is read, which decides how long it takes.</summary>
    private static string Extent(ListPlan plan) =>
        $"quick by {string.Join(", ", plan.Order)} {plan.Count} {plan.Offset} {plan.Limit} {(plan.After is null ? "" : string.Join(", ", plan.After))}";

    private void Remember<T>(Key key, T value, TimeSpan time) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = time, Size = key.Where.Length });

    private static Key CreateKey(ListPlan plan, string what) => new(what, plan.AccountId, plan.Deleted, plan.Where.ToString());

    private readonly record struct Key(string What, int AccountId, bool Deleted, string Where);
}
