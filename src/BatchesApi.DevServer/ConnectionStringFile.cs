namespace BatchesApi.DevServer;

/// <summary>The file in which commands find the database of the running development server.</summary>
internal static class ConnectionStringFile
{
    private const string FileName = "connection-string";

    public static Task WriteAsync(string folder, string connectionString, CancellationToken cancellationToken) =>
        PrivateFile.WriteAsync(Path.Combine(folder, FileName), connectionString, cancellationToken);

    public static void Delete(string folder) => File.Delete(Path.Combine(folder, FileName));

    /// <summary>Returns the connection string, or null if no development server is running.</summary>
    public static async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(await DataFolder.FindAsync(cancellationToken), FileName);
        return File.Exists(file) ? await File.ReadAllTextAsync(file, cancellationToken) : null;
    }
}
