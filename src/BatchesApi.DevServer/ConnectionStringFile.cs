namespace BatchesApi.DevServer;

/// <summary>Tells the verbs of the command line where the running development server has its database.</summary>
internal static class ConnectionStringFile
{
    private const string FileName = "connection-string";

    /// <summary>Says where, as long as the server runs.</summary>
    public static Task WriteAsync(string folder, string connectionString, CancellationToken cancellationToken) =>
        PrivateFile.WriteAsync(Path.Combine(folder, FileName), connectionString, cancellationToken);

    /// <summary>Says that it runs no more.</summary>
    public static void Delete(string folder) => File.Delete(Path.Combine(folder, FileName));

    /// <summary>The connection string; null where no development server runs.</summary>
    public static async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(await DataFolder.FindAsync(cancellationToken), FileName);
        return File.Exists(file) ? await File.ReadAllTextAsync(file, cancellationToken) : null;
    }
}
