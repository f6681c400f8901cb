using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

public sealed class ListStatisticsCacheTests : IDisposable
{
    private static readonly ListPlan Plan = new(
        AccountId: 1, Deleted: false, new TextSearch("term", IsPositive: true), [new OrderKey(BatchFields.Id, Descending: true)],
        After: null, Page: 1, Limit: 20, CountMode.Bounded, FieldSet.All);

    private readonly ListStatisticsCache _statistics = new();

    /// <inheritdoc/>
    public void Dispose() => _statistics.Dispose();

    [Fact]
    public void A_list_is_identified_by_account_state_and_condition()
    {
        Assert.Null(_statistics.GetEstimate(Plan));
        Assert.Equal(MatchFrequency.Unknown, _statistics.GetMatches(Plan).Frequency);
        _statistics.RememberLarge(Plan, 30_000);
        _statistics.RememberMatches(Plan, new MatchStatistics(MatchFrequency.Rare, Driver: 1, Estimate: 7));

        Assert.Equal(30_000, _statistics.GetEstimate(Plan with { Page = 3, Limit = 5, Keep = default }));
        Assert.Equal(new(MatchFrequency.Rare, Driver: 1, Estimate: 7), _statistics.GetMatches(Plan with { Page = 3 }));
        ListPlan[] others =
        [
            Plan with { AccountId = 2 }, Plan with { Deleted = true }, Plan with { Where = new TextSearch("term", IsPositive: false) },
        ];
        foreach (var other in others)
        {
            Assert.Null(_statistics.GetEstimate(other));
            Assert.Equal(MatchFrequency.Unknown, _statistics.GetMatches(other).Frequency);
        }
    }

    [Fact]
    public async Task A_large_list_is_forgotten_after_a_second()
    {
        _statistics.RememberLarge(Plan, 30_000);
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        Assert.Null(_statistics.GetEstimate(Plan));
    }
}
