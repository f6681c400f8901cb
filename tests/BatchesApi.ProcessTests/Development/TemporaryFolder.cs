namespace BatchesApi.ProcessTests.Development;

/// <summary>A folder of one test's own, deleted with all in it at the end. It does not exist before the test makes it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"batches-api-test-{Guid.NewGuid():N}");

    public string Combine(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
