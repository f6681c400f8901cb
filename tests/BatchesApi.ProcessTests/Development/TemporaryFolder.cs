namespace BatchesApi.ProcessTests.Development;

/// <summary>A folder of one test's own, deleted with all in it at the end. It does not exist before the test makes it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>The folder that stands for the user's local data folder.</summary>
    public string Home { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"batches-api-test-{Guid.NewGuid():N}");

    /// <summary>The development server's folder in it.</summary>
    public string Path => System.IO.Path.Combine(Home, "batches-api");

    public string Combine(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose()
    {
        if (Directory.Exists(Home))
            Directory.Delete(Home, recursive: true);
    }
}
