using BatchesApi.Storage;

namespace BatchesApi.Tests.Storage;

public sealed class DatabaseStateTests
{
    private readonly DatabaseState _state = new();

    [Fact]
    public async Task All_requests_are_refused_until_the_database_is_usable()
    {
        Assert.Equal(new Restriction(DatabaseState.NotChecked, WritesOnly: false), _state.Restriction);

        _state.Refuse("Behind a pooler.");
        Assert.Equal(new Restriction("Behind a pooler.", WritesOnly: false), _state.Restriction);
        var usable = _state.WaitUntilUsableAsync(TestContext.Current.CancellationToken);
        Assert.False(usable.IsCompleted);

        _state.Allow(reasonAgainstWrites: null);
        Assert.Null(_state.Restriction);
        Assert.False(_state.RefusesWrites);
        await usable;
    }

    [Fact]
    public void Writes_can_be_refused_while_reads_are_allowed()
    {
        _state.Allow("Newer.");
        Assert.Equal((new Restriction("Newer.", WritesOnly: true), true), (_state.Restriction, _state.RefusesWrites));

        _state.Allow("Newer still.");
        Assert.Equal("Newer still.", _state.Restriction!.Reason);

        _state.Allow(reasonAgainstWrites: null);
        Assert.Null(_state.Restriction);
    }

    [Theory]
    [InlineData(Pooler.None, true, null)]
    [InlineData(Pooler.None, false, "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")]
    [InlineData(Pooler.Transaction, true,
        "SELECT set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)")]
    [InlineData(Pooler.Transaction, false,
        "SELECT set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true), "
        + "set_config('plan_cache_mode', 'force_custom_plan', true)")]
    public void A_list_behind_a_pooler_changes_settings_itself(object pooler, bool isPlannedOnce, string? expected) =>
        Assert.Equal(expected, new DatabaseOptions((Pooler)pooler).ListPrologue(isPlannedOnce));

    [Fact]
    public void A_newer_database_is_written_only_if_allowed()
    {
        var newer = new SchemaVersion(IsUpToDate: true, "20991231000000_Future");

        Assert.Contains(
            "20991231000000_Future; this one knows " + SchemaVersionReader.LastMigration,
            newer.ReasonAgainstWrites(new DatabaseOptions()),
            StringComparison.Ordinal);
        Assert.Null(newer.ReasonAgainstWrites(new DatabaseOptions(AllowNewer: true)));
        Assert.Null(new SchemaVersion(IsUpToDate: true, Newer: null).ReasonAgainstWrites(new DatabaseOptions()));
    }
}
