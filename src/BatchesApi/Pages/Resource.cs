namespace BatchesApi.Pages;

/// <summary>Files in the assembly: the guides by their path in the repository, and the files beside this one in
/// <c>pages/</c>.</summary>
internal static class Resource
{
    public static IEnumerable<string> FindGuides() => typeof(Resource).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".md", StringComparison.Ordinal) && !name.StartsWith("pages/", StringComparison.Ordinal));

    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Resource).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
