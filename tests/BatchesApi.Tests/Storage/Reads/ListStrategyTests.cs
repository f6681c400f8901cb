using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

public sealed class ListStrategyTests : IDisposable
{
    private readonly ListStatisticsCache _statistics = new();

    /// <inheritdoc/>
    public void Dispose() => _statistics.Dispose();

    [Theory]
    [InlineData("count=none", ListMethod.Scan, CountTime.Never)]
    [InlineData("count=bounded", ListMethod.Scan, CountTime.WithPage)]
    [InlineData("count=exact", ListMethod.Scan, CountTime.WithPage)]
    [InlineData("count=bounded&fields=assignee:amy", ListMethod.Scan, CountTime.WithPage)]
    [InlineData("count=bounded&fields=rating:gte:4", ListMethod.Scan, CountTime.AfterPage)]
    [InlineData("count=none&fields=rating:gte:4", ListMethod.Scan, CountTime.Never)]
    [InlineData("count=bounded&sortBy=rating,dueDate&order=asc,desc", ListMethod.Scan, CountTime.AfterPage)]
    public void A_list_without_text_or_arrays_is_scanned(string query, object method, object count) =>
        AssertChosen(query, (ListMethod)method, (CountTime)count);

    [Theory]
    [InlineData("count=exact&page=50", ListMethod.Scan, CountTime.WithPage)]
    [InlineData("count=exact&page=51", ListMethod.ScanFromNearerEnd, CountTime.BeforePage)]
    [InlineData("count=bounded&page=51", ListMethod.Scan, CountTime.WithPage)]
    [InlineData("count=none&page=51", ListMethod.Scan, CountTime.Never)]
    public void A_deep_page_with_an_exact_count_is_counted_first(string query, object method, object count) =>
        AssertChosen(query, (ListMethod)method, (CountTime)count);

    [Theory]
    [InlineData("q=amy", ListMethod.Probe, CountTime.AfterPage)]
    [InlineData("q=amy&count=none", ListMethod.Probe, CountTime.Never)]
    [InlineData("q=amy&count=exact&page=51", ListMethod.Probe, CountTime.AfterPage)]
    [InlineData("fields=notes:contains:amy,leadIds:x", ListMethod.Probe, CountTime.AfterPage)]
    [InlineData("q=-amy", ListMethod.Scan, CountTime.AfterPage)]
    [InlineData("fields=leadIds:x", ListMethod.Collect, CountTime.AfterPage)]
    [InlineData("fields=leadIds:x&count=none", ListMethod.Collect, CountTime.Never)]
    public void Text_is_probed_and_array_elements_are_collected(string query, object method, object count) =>
        AssertChosen(query, (ListMethod)method, (CountTime)count);

    [Theory]
    [InlineData("page=2147485&limit=1000", ListMethod.None, CountTime.BeforePage)]
    [InlineData("page=2147485&limit=1000&count=none", ListMethod.None, CountTime.Never)]
    [InlineData("page=2147485&limit=1000&q=amy", ListMethod.None, CountTime.BeforePage)]
    public void A_page_beyond_every_possible_record_is_not_read(string query, object method, object count) =>
        AssertChosen(query, (ListMethod)method, (CountTime)count);

    [Theory]
    [InlineData("q=amy&sortBy=notes", ListMethod.Collect)]
    [InlineData("q=amy&sortBy=version", ListMethod.Collect)]
    public void Without_an_index_in_its_order_a_list_has_no_head(string query, object method) =>
        AssertChosen(query, (ListMethod)method, CountTime.AfterPage);

    [Theory]
    [InlineData(MatchFrequency.Rare, "", ListMethod.Collect)]
    [InlineData(MatchFrequency.Frequent, "", ListMethod.Filter)]
    [InlineData(MatchFrequency.Frequent, "&page=2", ListMethod.Filter)]
    [InlineData(MatchFrequency.FrequentAtHead, "", ListMethod.Filter)]
    [InlineData(MatchFrequency.FrequentAtHead, "&page=2", ListMethod.Probe)]
    public void A_known_frequency_decides_how_text_is_searched(object frequency, string page, object method)
    {
        _statistics.RememberMatches(Plans.Of("q=amy"), new MatchStatistics((MatchFrequency)frequency));

        AssertChosen($"q=amy{page}", (ListMethod)method, CountTime.AfterPage);
        AssertChosen("q=bob", ListMethod.Probe, CountTime.AfterPage);
    }

    [Fact]
    public void An_estimate_replaces_a_bounded_count()
    {
        _statistics.RememberLarge(Plans.Of(""), 30_000);

        Assert.Equal(new(ListMethod.Scan, CountTime.Never, new ListTotal(30_000, IsExact: false)), Choose("count=bounded"));
        Assert.Equal(new(ListMethod.Scan, CountTime.WithPage), Choose("count=exact"));
        Assert.Equal(new(ListMethod.Scan, CountTime.Never), Choose("count=none"));
    }

    [Theory]
    [InlineData("", 500)]
    [InlineData("limit=400", 802)]
    [InlineData("page=20&limit=20", 802)]
    public void A_first_probe_is_twice_the_wanted_records_or_500(string query, int length) =>
        Assert.Equal(length, ListStrategy.GetFirstProbe(Plans.Of(query)));

    [Theory]
    [InlineData("", 500, 0, 3_000)]
    [InlineData("", 3_000, 0, 18_000)]
    [InlineData("", 500, 1, 21_000)]
    [InlineData("", 500, 10, 2_100)]
    [InlineData("", 500, 20, 1_050)]
    [InlineData("page=2", 500, 20, 1_025)]
    [InlineData("page=100", 4_002, 19, 8_012)]
    public void A_next_probe_is_by_the_frequency_of_the_matches(string query, long probed, int onPage, long length) =>
        Assert.Equal(length, ListStrategy.GetNextProbe(Plans.Of(query), probed, onPage));

    [Theory]
    [InlineData("page=499", true)]
    [InlineData("page=500", true)]
    [InlineData("page=501", false)]
    public void Matches_are_collected_only_for_pages_within_the_bound(string query, bool expected) =>
        Assert.Equal(expected, ListStrategy.CanCollect(Plans.Of(query)));

    [Theory]
    [InlineData("page=51", 5_000, false, 1_000, 20)]
    [InlineData("page=51", 2_000, false, 1_000, 20)]
    [InlineData("page=51", 1_999, true, 979, 20)]
    [InlineData("page=51", 1_005, true, 0, 5)]
    [InlineData("page=51", 1_000, true, 0, 0)]
    [InlineData("page=51", 10, true, -990, 0)]
    public void A_page_is_read_from_the_nearer_end(string query, long total, bool fromEnd, long skip, int take) =>
        Assert.Equal((fromEnd, skip, take), ListStrategy.ChooseEnd(Plans.Of(query), total));

    [Theory]
    [InlineData("", 0, false, 0L)]
    [InlineData("", 7, false, 7L)]
    [InlineData("page=3", 7, false, 47L)]
    [InlineData("", 20, true, null)]
    [InlineData("page=3", 0, false, null)]
    [InlineData("count=none", 7, false, null)]
    [InlineData("page=501", 1, false, null)]
    [InlineData("page=501&count=exact", 1, false, 10_001L)]
    public void A_last_page_gives_the_total(string query, int onPage, bool hasMore, long? total) =>
        Assert.Equal(total is { } count ? ListTotal.Exact(count) : null, ListCounter.FromPage(Plans.Of(query), onPage, hasMore));

    private void AssertChosen(string query, ListMethod method, CountTime count) =>
        Assert.Equal(new ListStrategy(method, count), Choose(query));

    private ListStrategy Choose(string query) => ListStrategy.Choose(Plans.Of(query), _statistics);
}
