namespace BatchesApi.ProcessTests.Development;

/// <summary>A temporary folder of one test, deleted at its end. The test creates it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>The user's local data folder in the test.</summary>
    public string Home { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"batches-api-test-{Guid.NewGuid():N}");

    /// <summary>The development server's folder in <see cref="Home"/>.</summary>
    public string Path => System.IO.Path.Combine(Home, "batches-api");

    public string Combine(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose()
    {
        if (Directory.Exists(Home))
            Directory.Delete(Home, recursive: true);
    }
}
