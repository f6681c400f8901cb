using BatchesApi.ProcessTests;
using BatchesApi.Testing;

[assembly: AssemblyFixture(typeof(Databases))]

namespace BatchesApi.ProcessTests;

/// <summary>Creates databases for tests that run the program.</summary>
public sealed class Databases : IAsyncLifetime
{
    /// <summary>A user of <c>acme</c> in <see cref="CreateWithKeyAsync"/>.</summary>
    public const string Email = "amy@example.com";

    /// <summary>The password of this user.</summary>
    public const string Password = "correct horse";

    private readonly Lazy<Task<string>> _migrated;
    private readonly Lazy<Task<string>> _withAccounts;
    private readonly Lazy<Task<(string ConnectionString, string Key)>> _withKey;
    private TestPostgres? _postgres;

    /// <summary>Creates the templates when they are first used.</summary>
    public Databases() => (_migrated, _withAccounts, _withKey) = (new(PrepareAsync), new(PrepareAccountsAsync), new(PrepareKeyAsync));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _postgres = await TestPostgres.StartAsync();

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateAsync(string encoding = "UTF8") => _postgres!.CreateDatabaseAsync(encoding);

    /// <summary>Creates a migrated database. It is a copy of a template, because every run of a command takes seconds.</summary>
    public async Task<string> CreateMigratedAsync() => await _postgres!.CopyDatabaseAsync(await _migrated.Value);

    /// <summary>Creates a migrated database with the accounts <c>acme</c> and <c>other</c>.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateWithAccountsAsync() => await _postgres!.CopyDatabaseAsync(await _withAccounts.Value);

    /// <summary>Creates a database as <see cref="CreateWithAccountsAsync"/> does, in which <c>acme</c> has a key and a user.</summary>
    public async Task<(string ConnectionString, string Key)> CreateWithKeyAsync()
    {
        var (template, key) = await _withKey.Value;
        return (await _postgres!.CopyDatabaseAsync(template), key);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private async Task<string> PrepareAsync()
    {
        var database = await CreateAsync();
        await RunAsync(database, "", "migrate");
        return database;
    }

    private async Task<string> PrepareAccountsAsync()
    {
        var database = await CreateMigratedAsync();
        await RunAsync(database, "", "accounts", "create", "--name", "acme");
        await RunAsync(database, "", "accounts", "create", "--name", "other");
        return database;
    }

    private async Task<(string ConnectionString, string Key)> PrepareKeyAsync()
    {
        var database = await CreateWithAccountsAsync();
        var key = await RunAsync(database, "", "keys", "create", "--account", "acme", "--name", "first");
        await RunAsync(database, Password, "users", "create", "--account", "acme", "--email", Email);
        return (database, key);
    }

    private static async Task<string> RunAsync(string database, string input, params string[] arguments)
    {
        var (exitCode, output, errors) = await BatchesProcess.RunWithInputAsync(database, input, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException(errors);
    }
}
