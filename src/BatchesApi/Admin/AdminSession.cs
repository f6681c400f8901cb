using BatchesApi.Access;
using BatchesApi.Data;
using BatchesApi.Development;
using BatchesApi.Hosting;
using BatchesApi.Model;
using BatchesApi.Requests;
using Npgsql;

namespace BatchesApi.Admin;

/// <summary>What a verb works with: the database of the settings, reached for as long as the verb runs.</summary>
internal static class AdminSession
{
    private static readonly ObjectId Ids = new(TimeProvider.System);

    /// <summary>Runs a verb on accounts and keys.</summary>
    public static Task<int> WithKeysAsync(Func<KeyRegister, Task<int>> verb, CancellationToken cancellation, bool writes = true) =>
        WithMigratedAsync((db, _) => verb(new KeyRegister(db, TimeProvider.System, Ids)), cancellation, writes);

    /// <summary>Runs a verb on users.</summary>
    public static Task<int> WithUsersAsync(Func<UserRegister, Task<int>> verb, CancellationToken cancellation) =>
        WithMigratedAsync((db, _) => verb(new UserRegister(db, TimeProvider.System, Ids)), cancellation);

    /// <summary>Runs a verb on an account.</summary>
    public static Task<int> WithAccountAsync(
        string name, Func<AccountSession, Account, Task<int>> verb, CancellationToken cancellation, bool writes = true) =>
        WithMigratedAsync(
            async (db, source) =>
            {
                var session = new AccountSession(new KeyRegister(db, TimeProvider.System, Ids), new UserRegister(db, TimeProvider.System, Ids), source);
                return await session.Keys.FindAccountAsync(name, cancellation) is { } account
                    ? await verb(session, account)
                    : await FailAsync($"There is no account '{name}'. Make it with 'accounts create --name {name}'.");
            },
            cancellation,
            writes);

    /// <summary>Runs a verb on a database that is up to date.</summary>
    public static Task<int> WithMigratedAsync(
        Func<BatchesContext, NpgsqlDataSource, Task<int>> verb, CancellationToken cancellation, bool writes = true) =>
        WithDatabaseAsync(
            async (db, source, version) => version.IsUpToDate
                ? await verb(db, source)
                : await FailAsync("The database is not up to date. Run 'migrate' first, or start the server once."),
            writes,
            cancellation);

    /// <summary>Migrates the database.</summary>
    /// <param name="migrate">Migrates it.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static Task<int> WithAnyVersionAsync(Func<BatchesContext, Task<int>> migrate, CancellationToken cancellation) =>
        WithDatabaseAsync((db, _, _) => migrate(db), writes: true, cancellation);

    /// <summary>Runs a verb on the database, and says what is wrong where it is not there.</summary>
    private static async Task<int> WithDatabaseAsync(
        Func<BatchesContext, NpgsqlDataSource, SchemaVersion, Task<int>> verb, bool writes, CancellationToken cancellation)
    {
        var faults = new Faults();
        var builder = Configuration.CreateBuilder([]);
        var options = Settings.DatabaseIn(builder.Configuration, faults);
        var connectionString = Settings.ConnectionStringIn(builder.Configuration, builder.Environment.IsDevelopment(), options, faults);
        if (faults.Any)
            return await FailAsync(Settings.Describe(faults));
        connectionString ??= await RunningServer.FindAsync(cancellation);
        if (connectionString is null)
            return await FailAsync("No development server runs. Start it in another terminal, or set ConnectionStrings__Batches.");

        await using var services = new ServiceCollection().AddCommandDatabase(connectionString, options).BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        try
        {
            if (await services.GetRequiredService<DatabaseCheck>().FindProblemAsync(cancellation) is { } problem)
                return await FailAsync(problem);
            var source = services.GetRequiredService<NpgsqlDataSource>();
            var version = await Schema.ReadAsync(source, cancellation);
            if (writes && version.ReasonAgainstWrites(options) is { } reason)
                return await FailAsync(reason);
            return await verb(scope.ServiceProvider.GetRequiredService<BatchesContext>(), source, version);
        }
        catch (Exception fault) when (fault is NpgsqlException or { InnerException: NpgsqlException })
        {
            return await FailAsync($"The database does not serve: {fault.GetBaseException().Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException or StartException)
        {
            return await FailAsync(fault.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await FailAsync("Interrupted.");
        }
    }

    /// <summary>Says why a verb failed.</summary>
    /// <returns>The exit code for it.</returns>
    public static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return Commands.Failed;
    }
}
