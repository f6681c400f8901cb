using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace BatchesApi.ProcessTests;

/// <summary>Two servers on a primary that is killed and a standby that is promoted, in turn. The test measures seconds, so it runs
/// alone.</summary>
[Collection<RunsAlone>]
public sealed class FailoverTests
{
    /// <summary>How often the primary is killed.</summary>
    private const int Failovers = 10;

    [Fact]
    public async Task After_each_promotion_writes_resume_within_2_seconds_and_no_acknowledged_write_is_lost()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var one = await pair.ServeAsync();
        await using var other = await pair.ServeAsync();
        await using var load = await WriteLoad.StartAsync(pair, one, other);
        Assert.All(load.Responses, response => Assert.Equal(HttpStatusCode.Created, response.Status));

        var waits = new List<double>();
        for (var n = 0; n < Failovers; n++)
        {
            var promoted = await pair.FailOverAsync(TimeSpan.FromSeconds(0.5));
            bool IsResumed(RecordedResponse response) => response.Status == HttpStatusCode.Created && response.Start > promoted;
            await load.WaitForAsync(IsResumed);
            waits.Add(Stopwatch.GetElapsedTime(promoted, load.Responses.Where(IsResumed).Min(response => response.End)).TotalSeconds);
            await pair.RejoinAsync();
        }
        await load.StopAsync();

        load.AssertServedOrRetryable();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Writes resumed {string.Join(", ", waits.Select(wait => wait.ToString("0.00", CultureInfo.InvariantCulture)))} s after "
            + "the promotions.");
        Assert.All(waits, wait => Assert.InRange(wait, 0, 2));
        load.AssertNoneIsLost(await PostgresPair.CodesAsync(pair.Primary));
    }
}
