namespace BatchesApi.Storage.Reads;

/// <param name="Values">The values by which it is grouped, in the order of the keys: texts, numbers, booleans, or a <see cref="DateOnly"/>
/// for the first day of a unit of time; null for batches without a value.</param>
/// <param name="Count">The number of its batches.</param>
internal sealed record BatchGroup(IReadOnlyList<object?> Values, long Count);

/// <param name="Groups">The largest groups, in order.</param>
/// <param name="GroupCount">The number of all groups.</param>
/// <param name="Total">The number of batches in all groups.</param>
internal sealed record GroupPage(IReadOnlyList<BatchGroup> Groups, long GroupCount, long Total);
