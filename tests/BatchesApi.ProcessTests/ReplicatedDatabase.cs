namespace BatchesApi.ProcessTests;

/// <summary>A migrated database on a primary and an asynchronous standby, with accounts.</summary>
public sealed class ReplicatedDatabase : IAsyncLifetime
{
    private const int Others = 8;

    private PostgresPair? _pair;

    /// <summary>A key of an account.</summary>
    public string Key { get; private set; } = "";

    /// <summary>A key of an account without batches.</summary>
    public string QuietKey { get; private set; } = "";

    /// <summary>A key of each of several other accounts.</summary>
    public IReadOnlyList<string> OtherKeys { get; private set; } = [];

    internal PostgresPair Pair => _pair!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _pair = await PostgresPair.StartAsync(synchronous: false);
        var (exitCode, _, errors) = await BatchesProcess.RunAsync(Pair.ConnectionString, "migrate");
        Assert.True(exitCode == 0, errors);
        Key = await Pair.CreateKeyAsync();
        QuietKey = await Pair.CreateKeyAsync("quiet");
        OtherKeys = await Task.WhenAll(Enumerable.Range(1, Others).Select(i => Pair.CreateKeyAsync($"other-{i}")));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Pair.DisposeAsync();
}
