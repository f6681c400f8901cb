using BatchesApi.Lists;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Storage.Reads;

/// <summary>How frequent the matches of a condition on text or array elements are, as far as it was seen or estimated.</summary>
/// <param name="Frequency">How frequent they are.</param>
/// <param name="Driver">The condition that fewest batches meet, by PostgreSQL's estimate, as its index among the
/// <see cref="IndexedConditions"/> of the list; null if it was not estimated.</param>
/// <param name="Estimate">The estimated number of batches that meet it, in all accounts.</param>
/// <param name="IsSparse">Whether a page takes more records than the first probe reads.</param>
internal sealed record MatchStatistics(MatchFrequency Frequency, int? Driver = null, long Estimate = 0, bool IsSparse = false);

internal enum MatchFrequency
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>The first records of the list have enough matches for its first page.</summary>
    FrequentAtHead,

    /// <summary>There are more matches than are collected.</summary>
    Frequent,

    /// <summary>All matches can be collected.</summary>
    Rare,
}

/// <summary>What recent lists showed, which saves work if they are requested again: page after page, or by many clients. It never makes a
/// response wrong.</summary>
internal sealed class ListStatisticsCache : IDisposable
{
    /// <summary>How long a list is known to be large. It had twice as many records as are counted; in this time, clients cannot delete half
    /// of them one by one.</summary>
    private static readonly TimeSpan LargeDuration = TimeSpan.FromSeconds(1);

    /// <summary>How long the frequency of matches is known. If it changes, the list is correct but slower.</summary>
    private static readonly TimeSpan MatchesDuration = TimeSpan.FromSeconds(10);

    /// <summary>How long a list is known to be quick.</summary>
    private static readonly TimeSpan QuickDuration = TimeSpan.FromSeconds(1);

    /// <summary>Maximum number of characters of the cached conditions.</summary>
    private const int MaxChars = 1_000_000;

    private static readonly MatchStatistics UnknownMatches = new(MatchFrequency.Unknown);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MaxChars });

    /// <summary>The estimated number of records, if the list is known to be large; otherwise null.</summary>
    public long? GetEstimate(ListPlan plan) => _known.TryGetValue(CreateKey(plan, "large"), out long estimate) ? estimate : null;

    /// <summary>Remembers that a list has at least twice as many records as are counted.</summary>
    public void RememberLarge(ListPlan plan, long estimate) => Remember(CreateKey(plan, "large"), estimate, LargeDuration);

    /// <summary>How frequent the matches of the list are.</summary>
    public MatchStatistics GetMatches(ListPlan plan) =>
        _known.TryGetValue(CreateKey(plan, MatchesOf(plan)), out MatchStatistics? matches) ? matches! : UnknownMatches;

    public void RememberMatches(ListPlan plan, MatchStatistics matches) =>
        Remember(CreateKey(plan, MatchesOf(plan)), matches, MatchesDuration);

    /// <summary>Whether exactly this part of a list, or its groups, were quick recently.</summary>
    public bool IsKnownQuick(ListPlan plan, string extent) => _known.TryGetValue(CreateKey(plan, extent), out _);

    public void RememberQuick(ListPlan plan, string extent) => Remember(CreateKey(plan, extent), true, QuickDuration);

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    private static string MatchesOf(ListPlan plan) => $"matches by {string.Join(", ", plan.Order)}";

    private void Remember<T>(Key key, T value, TimeSpan time) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = time, Size = key.Where.Length });

    /// <summary>Lists with the same relative times have much the same records, but the name of the caller selects other ones.</summary>
    private static Key CreateKey(ListPlan plan, string what) =>
        new(what, plan.AccountId, plan.Deleted, $"{plan.Symbolic}{(plan.Symbolic.IsRelative ? $" for {plan.Me}" : "")}");

    private readonly record struct Key(string What, int AccountId, bool Deleted, string Where);
}
