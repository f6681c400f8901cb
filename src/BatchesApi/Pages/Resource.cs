namespace BatchesApi.Pages;

/// <summary>Files in the assembly: the guides by their path in the repository, and the files beside this one by their name.</summary>
internal static class Resource
{
    public static IEnumerable<string> FindNames(string extension) => typeof(Resource).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(extension, StringComparison.Ordinal) && name != HomePage.Source);

    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Resource).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
