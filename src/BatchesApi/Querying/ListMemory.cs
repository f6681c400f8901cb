using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Querying;

/// <summary>What was learned of lists moments ago, and saves work when they are asked for again: page after page, or by many at once. Nothing of it can
/// make an answer wrong.</summary>
internal sealed class ListMemory : IDisposable
{
    /// <summary>How long a list is taken for large. It then had twice as many records as are counted one by one, and in this time no client can delete
    /// the half of them one by one.</summary>
    private static readonly TimeSpan LargeFor = TimeSpan.FromSeconds(1);

    /// <summary>How long a text is taken for rare. If it is not any more, the list is found all the same, if not so fast.</summary>
    private static readonly TimeSpan RareFor = TimeSpan.FromSeconds(10);

    /// <summary>How long a list is taken for quick after it was.</summary>
    private static readonly TimeSpan QuickFor = TimeSpan.FromSeconds(1);

    /// <summary>Most characters of lists that are remembered.</summary>
    private const int MostKept = 1_000_000;

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MostKept });

    /// <summary>About how many records the list has, where it is known to be large; null where it is not.</summary>
    public long? EstimateOf(ListPlan plan) => _known.TryGetValue(KeyOf(plan, "large"), out long estimate) ? estimate : null;

    /// <summary>Notes that a list has twice as many records as are counted one by one, or more.</summary>
    public void NoteLarge(ListPlan plan, long estimate) => Note(KeyOf(plan, "large"), estimate, LargeFor);

    /// <summary>Whether the text that the list asks for is known to be rare at its head.</summary>
    public bool IsRare(ListPlan plan) => _known.TryGetValue(KeyOf(plan, $"rare by {string.Join(", ", plan.Order)}"), out _);

    /// <summary>Notes that the text which the list asks for is rare.</summary>
    public void NoteRare(ListPlan plan) => Note(KeyOf(plan, $"rare by {string.Join(", ", plan.Order)}"), true, RareFor);

    /// <summary>Whether this very list was quick a moment ago.</summary>
    public bool IsQuick(ListPlan plan) => _known.TryGetValue(KeyOf(plan, Extent(plan)), out _);

    /// <summary>Notes that a list was quick.</summary>
    public void NoteQuick(ListPlan plan) => Note(KeyOf(plan, Extent(plan)), true, QuickFor);

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    /// <summary>How much of a list is read, which decides how long it takes.</summary>
    private static string Extent(ListPlan plan) =>
        $"quick by {string.Join(", ", plan.Order)} {plan.Count} {plan.Offset} {plan.Limit} {(plan.After is null ? "" : string.Join(", ", plan.After))}";

    private void Note<T>(Key key, T value, TimeSpan time) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = time, Size = key.Where.Length });

    private static Key KeyOf(ListPlan plan, string what) => new(what, plan.AccountId, plan.Deleted, plan.Where.ToString());

    private readonly record struct Key(string What, int AccountId, bool Deleted, string Where);
}
