using BatchesApi.Concurrency;
using BatchesApi.Storage;
using BatchesApi.Storage.Replicas;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace BatchesApi.Tests.Storage.Replicas;

/// <summary>Which replica may serve an account.</summary>
public sealed class ReplicaSetTests : IAsyncDisposable
{
    private const int Account = 7;

    private static readonly ConnectionOptions Connections =
        new(5, new FairLimiterOptions(LimitedResource.Connections, 5, 5, TimeSpan.FromSeconds(2)));

    private readonly WritePositions _positions = new(redis: null, NullLogger<WritePositions>.Instance);
    private readonly ReplicaSet _replicas;

    public ReplicaSetTests() => _replicas = new ReplicaSet(
        ReplicaSet.Create("Host=one,two:5433;Database=b;Target Session Attributes=standby", Connections, new DatabaseOptions()),
        _positions);

    private Replica One => _replicas.All[0];

    private Replica Two => _replicas.All[1];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public void Each_host_has_separate_connections()
    {
        Assert.Equal(["one:5432", "two:5433"], _replicas.All.Select(replica => replica.Name));
        var settings = _replicas.All
            .Select(replica => new NpgsqlConnectionStringBuilder(replica.Connections.Pool.ConnectionString))
            .ToList();
        Assert.Equal([("one", 5432), ("two", 5433)], settings.Select(one => (one.Host, one.Port)));
        Assert.All(settings, one => Assert.Equal(5, one.MaxPoolSize));
    }

    [Fact]
    public async Task Without_replicas_the_primary_serves_all() => Assert.Null(
        await new ReplicaSet(ReplicaSet.Create(null, Connections, new DatabaseOptions()), _positions).FindAsync(Account));

    [Fact]
    public async Task A_replica_whose_state_is_unknown_is_not_used() => Assert.Null(await _replicas.FindAsync(Account));

    [Fact]
    public async Task A_replica_serves_an_account_once_it_has_its_last_write()
    {
        await StartAsync();
        await _positions.RecordAsync(Account, 100);
        One.SetState(oldestRunning: 100, lag: 0);
        Assert.Null(await _replicas.FindAsync(Account));
        Assert.Same(One, await _replicas.FindAsync(Account + 1));

        One.SetState(oldestRunning: 101, lag: 0);
        Assert.Same(One, await _replicas.FindAsync(Account));
    }

    [Fact]
    public async Task The_latest_of_concurrent_writes_counts()
    {
        await StartAsync();
        await _positions.RecordAsync(Account, 100);
        await _positions.RecordAsync(Account, 99);
        One.SetState(oldestRunning: 100, lag: 0);
        Assert.Null(await _replicas.FindAsync(Account));
    }

    [Fact]
    public async Task What_was_committed_before_the_start_counts_for_every_account()
    {
        One.SetState(oldestRunning: 100, lag: 0);
        Assert.True(_positions.IsIncomplete);
        Assert.Null(await _replicas.FindAsync(Account));

        await StartAsync(100);
        Assert.False(_positions.IsIncomplete);
        Assert.Null(await _replicas.FindAsync(Account));
        One.SetState(oldestRunning: 101, lag: 0);
        Assert.Same(One, await _replicas.FindAsync(Account));
    }

    [Fact]
    public async Task Replicas_take_turns_and_those_that_are_behind_are_left_out()
    {
        await StartAsync();
        One.SetState(oldestRunning: 101, lag: 0);
        Two.SetState(oldestRunning: 101, lag: 0);
        Assert.NotSame(await _replicas.FindAsync(Account), await _replicas.FindAsync(Account));

        await _positions.RecordAsync(Account, 101);
        Two.SetState(oldestRunning: 102, lag: 0);
        for (var i = 0; i < 4; i++)
            Assert.Same(Two, await _replicas.FindAsync(Account));
    }

    [Fact]
    public async Task A_lost_replica_is_not_used_and_its_reads_are_canceled()
    {
        await StartAsync();
        One.SetState(oldestRunning: 101, lag: 2);
        var lost = One.Lost;
        Assert.True(One.IsAvailable);

        await One.LoseAsync();
        Assert.True(lost.IsCancellationRequested);
        Assert.False(One.IsAvailable);
        Assert.Null(await _replicas.FindAsync(Account));

        // Reads after its return are not canceled.
        One.SetState(oldestRunning: 101, lag: 0);
        Assert.False(One.Lost.IsCancellationRequested);
        Assert.Same(One, await _replicas.FindAsync(Account));
    }

    [Fact]
    public async Task After_a_write_whose_outcome_is_unknown_a_replica_must_have_all_that_may_have_been_committed()
    {
        await StartAsync();
        One.SetState(oldestRunning: 101, lag: 0);
        _replicas.RecordUnknownWrite(Account);
        Assert.Null(await _replicas.FindAsync(Account));
        Assert.Same(One, await _replicas.FindAsync(Account + 1));
        Assert.True(_positions.IsIncomplete);

        // Another write of the account ends in the same way while the first position is found.
        var unknown = _positions.UnknownAccounts;
        _replicas.RecordUnknownWrite(Account);
        await _positions.CompleteAsync("", unknown, 100);
        Assert.Null(await _replicas.FindAsync(Account));

        await _positions.CompleteAsync("", _positions.UnknownAccounts, 150);
        Assert.False(_positions.IsIncomplete);
        Assert.Null(await _replicas.FindAsync(Account));
        One.SetState(oldestRunning: 151, lag: 0);
        Assert.Same(One, await _replicas.FindAsync(Account));
    }

    /// <summary>Sets the position of everything before the start.</summary>
    private Task StartAsync(ulong transactionId = 0) => _positions.CompleteAsync("", [], transactionId);
}
