using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

public sealed class ListStatisticsCacheTests : IDisposable
{
    private static readonly ListPlan Plan = new(
        AccountId: 1, Deleted: false, new TextSearch("term", IsPositive: true), [new OrderKey(BatchFields.Id, Descending: true)], After: null, Page: 1, Limit: 20, CountMode.Bounded,
        FieldSet.All);

    private readonly ListStatisticsCache _memory = new();

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    [Fact]
    public void A_list_is_known_by_its_account_its_state_and_its_condition_alone()
    {
        Assert.Null(_memory.GetEstimate(Plan));
        Assert.False(_memory.IsKnownRare(Plan));
        _memory.RememberLarge(Plan, 30_000);
        _memory.RememberRare(Plan);

        Assert.Equal(30_000, _memory.GetEstimate(Plan with { Page = 3, Limit = 5, Keep = default }));
        Assert.True(_memory.IsKnownRare(Plan with { Page = 3 }));
        foreach (var other in (ListPlan[])[Plan with { AccountId = 2 }, Plan with { Deleted = true }, Plan with { Where = new TextSearch("term", IsPositive: false) }])
        {
            Assert.Null(_memory.GetEstimate(other));
            Assert.False(_memory.IsKnownRare(other));
        }
    }

    [Fact]
    public async Task A_large_list_is_forgotten_after_a_second()
    {
        _memory.RememberLarge(Plan, 30_000);
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        Assert.Null(_memory.GetEstimate(Plan));
    }
}
