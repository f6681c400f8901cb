using BatchesApi.Storage;

namespace BatchesApi.Tests.Storage;

public sealed class DatabaseStateTests
{
    private readonly DatabaseState _state = new();

    [Fact]
    public async Task Until_the_database_was_found_usable_everything_is_refused()
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
    public void Writes_alone_can_be_refused_and_allowed_again()
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
    [InlineData(Pooler.Transaction, true, "SELECT set_config('jit', 'off', true)")]
    [InlineData(Pooler.Transaction, false, "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)")]
    public void Behind_a_pooler_each_list_sets_what_no_session_keeps(object pooler, bool isOneWay, string? expected) =>
        Assert.Equal(expected, new DatabaseOptions((Pooler)pooler).ListPrologue(isOneWay));

    [Fact]
    public void A_newer_database_is_written_to_only_if_that_is_allowed()
    {
        var newer = new SchemaVersion(IsUpToDate: true, "20991231000000_Future");

        Assert.Contains("20991231000000_Future; this one knows " + SchemaVersionReader.LastMigration, newer.ReasonAgainstWrites(new DatabaseOptions()), StringComparison.Ordinal);
        Assert.Null(newer.ReasonAgainstWrites(new DatabaseOptions(AllowNewer: true)));
        Assert.Null(new SchemaVersion(IsUpToDate: true, Newer: null).ReasonAgainstWrites(new DatabaseOptions()));
    }
}
