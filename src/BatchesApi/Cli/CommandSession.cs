using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Cli;

/// <summary>What a verb works with: the database of the settings, reached for as long as the verb runs.</summary>
internal static class CommandSession
{
    private static readonly ObjectIdGenerator Ids = new(TimeProvider.System);

    /// <summary>Runs a verb on accounts and keys.</summary>
    public static Task<int> WithKeysAsync(Func<ApiKeyStore, Task<int>> command, CancellationToken cancellation, bool writes = true) =>
        WithMigratedAsync((db, _) => command(new ApiKeyStore(db, TimeProvider.System, Ids)), cancellation, writes);

    /// <summary>Runs a verb on users.</summary>
    public static Task<int> WithUsersAsync(Func<UserStore, Task<int>> command, CancellationToken cancellation) =>
        WithMigratedAsync((db, _) => command(new UserStore(db, TimeProvider.System, Ids)), cancellation);

    /// <summary>Runs a verb on an account.</summary>
    public static Task<int> WithAccountAsync(
        string name, Func<AccountSession, Account, Task<int>> command, CancellationToken cancellation, bool writes = true) =>
        WithMigratedAsync(
            async (db, source) =>
            {
                var session = new AccountSession(new ApiKeyStore(db, TimeProvider.System, Ids), new UserStore(db, TimeProvider.System, Ids), source);
                return await session.Keys.FindAccountAsync(name, cancellation) is { } account
                    ? await command(session, account)
                    : await FailAsync($"There is no account '{name}'. Make it with 'accounts create --name {name}'.");
            },
            cancellation,
            writes);

    /// <summary>Runs a verb on a database that is up to date.</summary>
    public static Task<int> WithMigratedAsync(
        Func<BatchesContext, NpgsqlDataSource, Task<int>> command, CancellationToken cancellation, bool writes = true) =>
        WithDatabaseAsync(
            async (db, source, version) => version.IsUpToDate
                ? await command(db, source)
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
        Func<BatchesContext, NpgsqlDataSource, SchemaVersion, Task<int>> command, bool writes, CancellationToken cancellation)
    {
        var errors = new ValidationErrors();
        var builder = HostConfiguration.CreateBuilder([]);
        var options = ServerOptions.ReadDatabase(builder.Configuration, errors);
        var connectionString = ServerOptions.ReadConnectionString(builder.Configuration, builder.Environment.IsDevelopment(), options, errors);
        if (errors.HasErrors)
            return await FailAsync(ServerOptions.Describe(errors));
        connectionString ??= await DevelopmentServer.FindConnectionStringAsync(cancellation);
        if (connectionString is null)
            return await FailAsync("No development server runs. Start it in another terminal, or set ConnectionStrings__Batches.");

        await using var services = new ServiceCollection().AddCommandDatabase(connectionString, options).BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        try
        {
            if (await services.GetRequiredService<DatabaseCheck>().FindProblemAsync(cancellation) is { } problem)
                return await FailAsync(problem);
            var source = services.GetRequiredService<NpgsqlDataSource>();
            var version = await SchemaVersionReader.ReadAsync(source, cancellation);
            if (writes && version.ReasonAgainstWrites(options) is { } reason)
                return await FailAsync(reason);
            return await command(scope.ServiceProvider.GetRequiredService<BatchesContext>(), source, version);
        }
        catch (Exception exception) when (exception is NpgsqlException or { InnerException: NpgsqlException })
        {
            return await FailAsync($"The database does not serve: {exception.GetBaseException().Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or StartupException)
        {
            return await FailAsync(exception.Message);
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
