using System.Globalization;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class ObjectIdGeneratorTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 23, 9, 30, 15, TimeSpan.Zero));

    [Fact]
    public void An_id_is_24_lowercase_hexadecimal_digits() => Assert.Matches(@"\A[0-9a-f]{24}\z", new ObjectIdGenerator(_clock).Next());

    [Fact]
    public void An_id_starts_with_the_seconds_of_the_clock()
    {
        var ids = new ObjectIdGenerator(_clock);

        Assert.Equal(_clock.Now.ToUnixTimeSeconds(), ReadSeconds(ids.Next()));

        _clock.Now = _clock.Now.AddHours(7).AddMilliseconds(999);
        Assert.Equal(_clock.Now.ToUnixTimeSeconds(), ReadSeconds(ids.Next()));
    }

    [Fact]
    public void The_middle_is_random_but_equal_in_all_ids_of_a_process()
    {
        var ids = new ObjectIdGenerator(_clock);
        var middle = ids.Next()[8..18];
        _clock.Now = _clock.Now.AddDays(1);

        Assert.Equal(middle, ids.Next()[8..18]);
        Assert.NotEqual(middle, new ObjectIdGenerator(_clock).Next()[8..18]);
    }

    [Fact]
    public void Ids_of_one_second_ascend()
    {
        var ids = new ObjectIdGenerator(_clock);

        AssertAscends(Enumerable.Range(0, 100_000).Select(_ => ids.Next()));
    }

    [Fact]
    public void Ids_ascend_while_the_clock_advances()
    {
        var ids = new ObjectIdGenerator(_clock);

        AssertAscends(Enumerable.Range(0, 1_000).Select(_ =>
        {
            _clock.Now = _clock.Now.AddMilliseconds(400);
            return ids.Next();
        }));
    }

    [Fact]
    public void Ids_ascend_when_the_clock_is_set_back()
    {
        var ids = new ObjectIdGenerator(_clock);

        AssertAscends(Enumerable.Range(0, 1_000).Select(i =>
        {
            _clock.Now = _clock.Now.AddSeconds(i % 3 == 0 ? -3_600 : 1);
            return ids.Next();
        }));
    }

    [Fact]
    public async Task Ids_generated_in_parallel_differ_and_ascend_in_each_thread()
    {
        const int Threads = 4;
        const int IdsEach = 25_000;
        var ids = new ObjectIdGenerator(_clock);
        using var start = new Barrier(Threads);

        var generated = await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return Enumerable.Range(0, IdsEach).Select(_ => ids.Next()).ToArray();
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.All(generated, AssertAscends);
        Assert.Equal(Threads * IdsEach, generated.SelectMany(x => x).Distinct().Count());
    }

    [Theory]
    [InlineData("63a5b84c53e1218321c55572", true)]
    [InlineData("000000000000000000000000", true)]
    [InlineData("63A5B84C53E1218321C55572", false)]
    [InlineData("63a5b84c53e1218321c5557", false)]
    [InlineData("63a5b84c53e1218321c555720", false)]
    [InlineData("63a5b84c53e1218321c5557g", false)]
    [InlineData("63a5b84c53e1218321c5557 ", false)]
    [InlineData("63a5b84c53e1218321c5557\n", false)]
    [InlineData("63a5b84c53e1218321c5557٣", false)]
    [InlineData("deleted", false)]
    [InlineData("", false)]
    public void An_id_is_valid_if_it_has_24_lowercase_hexadecimal_digits(string text, bool expected) =>
        Assert.Equal(expected, ObjectIdGenerator.IsValid(text));

    private static long ReadSeconds(string id) => long.Parse(id.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static void AssertAscends(IEnumerable<string> ids)
    {
        var before = "";
        foreach (var id in ids)
        {
            Assert.True(string.CompareOrdinal(before, id) < 0, $"{id} follows {before}");
            before = id;
        }
    }
}
