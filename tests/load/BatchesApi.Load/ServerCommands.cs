namespace BatchesApi.Load;

/// <summary>The commands of a published server, so that each server prepares a database as its own version does.</summary>
/// <param name="binary">The published server.</param>
/// <param name="connectionString">The database.</param>
internal sealed class ServerCommands(string binary, string connectionString)
{
    /// <summary>Applies the migrations.</summary>
    public Task MigrateAsync(CancellationToken cancellation) => RunAsync(["migrate"], cancellation);

    /// <summary>Creates an account.</summary>
    public Task CreateAccountAsync(string name, CancellationToken cancellation) =>
        RunAsync(["accounts", "create", "--name", name], cancellation);

    /// <summary>Creates an API key of an account.</summary>
    public async Task<string> CreateKeyAsync(string account, CancellationToken cancellation) =>
        (await RunAsync(["keys", "create", "--account", account, "--name", "load"], cancellation)).Trim();

    /// <summary>Imports a file of NDJSON.</summary>
    public Task ImportAsync(string account, string file, CancellationToken cancellation) =>
        RunAsync(["import", "--account", account, file], cancellation);

    private Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellation) => LoadTools.RunAsync(
        binary, arguments, cancellation, new Dictionary<string, string> { ["ConnectionStrings__Batches"] = connectionString });
}
