using BatchesApi.DevServer;

namespace BatchesApi.Testing;

/// <summary>A private PostgreSQL in a temporary folder, which is deleted with it.</summary>
internal sealed class LaunchedPostgres : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PrivatePostgres _postgres;

    private LaunchedPostgres(string folder, PrivatePostgres postgres)
    {
        _folder = folder;
        _postgres = postgres;
    }

    /// <summary>The connection string of a superuser.</summary>
    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>Starts an empty PostgreSQL.</summary>
    /// <param name="durable">Whether commits must survive a crash.</param>
    public static async Task<LaunchedPostgres> StartAsync(bool durable = false)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"batches-test-{Guid.NewGuid():N}");
        var postgres = await PrivatePostgres.StartAsync(
            folder,
            new PrivatePostgresOptions { Durable = durable },
            _ => { },
            CancellationToken.None);
        return new LaunchedPostgres(folder, postgres);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
