namespace BatchesApi.ProcessTests;

/// <summary>The <c>purge</c> command.</summary>
public sealed class PurgeTests(Databases databases) : ImportExportTest(databases)
{
    [Fact]
    public async Task Purge_removes_only_batches_deleted_long_ago()
    {
        await PrepareAsync();
        string Deleted(int i, int days) =>
            Line(i).Replace("}", $",\"deletedAt\":\"{DateTime.UtcNow.AddDays(-days):yyyy-MM-dd}\"}}", StringComparison.Ordinal);
        var file = Write("deleted.ndjson", [Line(1), Deleted(2, 10), Deleted(3, 100), Deleted(4, 200)]);
        await ResultAsync("import", "--account", "acme", file);
        await ResultAsync("import", "--account", "other", file);

        Assert.Equal((0, "2"), await ResultAsync("purge", "--older-than", "90d", "--account", "acme"));
        Assert.Equal((0, "2"), await ResultAsync("purge", "--older-than", "90d"));
        Assert.Equal((0, "0"), await ResultAsync("purge", "--older-than", "90d"));
        Assert.Equal(2, (await RunAsync("export", "--account", "acme")).Output.Split('\n').Length);
    }
}
