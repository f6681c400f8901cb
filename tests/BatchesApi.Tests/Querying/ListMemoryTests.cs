using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;

namespace BatchesApi.Tests.Querying;

public sealed class ListMemoryTests : IDisposable
{
    private static readonly ListPlan Plan = new(
        AccountId: 1, Deleted: false, new Searched("term", Holds: true), [new SortKey(BatchFields.Id, Descending: true)], After: null, Page: 1, Limit: 20, CountMode.Bounded,
        FieldSet.All);

    private readonly ListMemory _memory = new();

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    [Fact]
    public void A_list_is_known_by_its_account_its_state_and_its_condition_alone()
    {
        Assert.Null(_memory.EstimateOf(Plan));
        Assert.False(_memory.IsRare(Plan));
        _memory.NoteLarge(Plan, 30_000);
        _memory.NoteRare(Plan);

        Assert.Equal(30_000, _memory.EstimateOf(Plan with { Page = 3, Limit = 5, Keep = default }));
        Assert.True(_memory.IsRare(Plan with { Page = 3 }));
        foreach (var other in (ListPlan[])[Plan with { AccountId = 2 }, Plan with { Deleted = true }, Plan with { Where = new Searched("term", Holds: false) }])
        {
            Assert.Null(_memory.EstimateOf(other));
            Assert.False(_memory.IsRare(other));
        }
    }

    [Fact]
    public async Task A_large_list_is_forgotten_after_a_second()
    {
        _memory.NoteLarge(Plan, 30_000);
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        Assert.Null(_memory.EstimateOf(Plan));
    }
}
