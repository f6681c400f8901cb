using BatchesApi.ProcessTests;
using BatchesApi.Testing;

[assembly: AssemblyFixture(typeof(Databases))]

namespace BatchesApi.ProcessTests;

/// <summary>Databases for tests that run the program against one.</summary>
public sealed class Databases : IAsyncLifetime
{
    private readonly Lazy<Task<string>> _withAccounts;
    private TestPostgres? _postgres;

    /// <summary>Nothing is made before it is asked for.</summary>
    public Databases() => _withAccounts = new Lazy<Task<string>>(PrepareAsync);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _postgres = await TestPostgres.StartAsync();

    /// <summary>Makes an empty database.</summary>
    /// <param name="encoding">Its encoding.</param>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateAsync(string encoding = "UTF8") => _postgres!.CreateDatabaseAsync(encoding);

    /// <summary>Makes a database that is up to date and has the accounts <c>acme</c> and <c>other</c>. It is a copy of one that the program made,
    /// since each run of the program costs more than a copy.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateWithAccountsAsync() => await _postgres!.CopyDatabaseAsync(await _withAccounts.Value);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private async Task<string> PrepareAsync()
    {
        var database = await CreateAsync();
        foreach (var arguments in (string[][])[["migrate"], ["accounts", "create", "--name", "acme"], ["accounts", "create", "--name", "other"]])
        {
            var (exitCode, _, errors) = await BatchesProcess.RunAsync(database, arguments);
            if (exitCode != 0)
                throw new InvalidOperationException(errors);
        }
        return database;
    }
}
