using BatchesApi.ProcessTests;
using BatchesApi.Testing;

[assembly: AssemblyFixture(typeof(Databases))]

namespace BatchesApi.ProcessTests;

/// <summary>Empty databases for tests that run the program against one.</summary>
public sealed class Databases : IAsyncLifetime
{
    private TestPostgres? _postgres;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _postgres = await TestPostgres.StartAsync();

    /// <summary>Makes an empty database.</summary>
    /// <param name="encoding">Its encoding.</param>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateAsync(string encoding = "UTF8") => _postgres!.CreateDatabaseAsync(encoding);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}
