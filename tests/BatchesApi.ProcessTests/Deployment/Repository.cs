namespace BatchesApi.ProcessTests.Deployment;

/// <summary>The files of the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static Task<string> ReadAsync(string path) =>
        File.ReadAllTextAsync(Path.Combine(Root, path), TestContext.Current.CancellationToken);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "BatchesApi.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run within the repository.");
        return folder.FullName;
    }
}
