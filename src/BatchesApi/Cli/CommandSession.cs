using BatchesApi.Access;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Replicas;
using Npgsql;

namespace BatchesApi.Cli;

/// <summary>The database of a command, while the command runs.</summary>
internal sealed record CommandSession(
    AccountStore Accounts,
    ApiKeyStore Keys,
    UserStore Users,
    AccountPolicies Policies,
    BatchFilterSqlCache Filters,
    NpgsqlDataSource Source,
    IReadOnlyList<Replica> Replicas)
{
    /// <summary>A command uses one connection at a time.</summary>
    private static readonly ConnectionOptions ReplicaConnections =
        new(PoolSize: 2, new FairLimiterOptions(LimitedResource.Connections, PerAccount: 2, Total: 2, DataSourceExtensions.DefaultWait));

    /// <summary>Runs a command on an up-to-date database.</summary>
    public static Task<int> RunAsync(Func<CommandSession, Task<int>> command, CancellationToken cancellation, bool writes = true) =>
        RunAsync(
            async (services, replicas, version) => version.IsUpToDate
                ? await command(Create(services, replicas))
                : await FailAsync("The database is not up to date. Run 'migrate' first, or start the server once."),
            writes,
            cancellation);

    /// <summary>Runs a command for an account.</summary>
    public static Task<int> RunForAccountAsync(
        string name, Func<CommandSession, Account, Task<int>> command, CancellationToken cancellation, bool writes = true) =>
        RunAsync(
            async session => await session.Accounts.FindAsync(name, cancellation) is { } account
                ? await command(session, account)
                : await FailAsync($"There is no account '{name}'. Create it with 'accounts create --name {name}'."),
            cancellation,
            writes);

    /// <summary>Runs a command on a database that may not be up to date.</summary>
    public static Task<int> RunOnAnyVersionAsync(
        Func<BatchesContext, NpgsqlDataSource, Task<int>> command, CancellationToken cancellation) =>
        RunAsync(
            (services, _, _) => command(services.GetRequiredService<BatchesContext>(), services.GetRequiredService<NpgsqlDataSource>()),
            writes: true,
            cancellation);

    /// <summary>Prints why a command failed.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return Commands.Failed;
    }

    private static async Task<int> RunAsync(
        Func<IServiceProvider, IReadOnlyList<Replica>, SchemaVersion, Task<int>> command,
        bool writes,
        CancellationToken cancellation)
    {
        var errors = new ValidationErrors();
        var builder = HostConfiguration.CreateBuilder([]);
        var options = ServerOptions.ReadDatabase(builder.Configuration, errors);
        var connectionString =
            ServerOptions.ReadConnectionString(builder.Configuration, builder.Environment.IsDevelopment(), options, errors);
        var replicaSettings = ServerOptions.ReadReplicas(builder.Configuration, options, errors);
        if (errors.HasErrors)
            return await FailAsync(ServerOptions.Describe(errors));
        connectionString ??= await DevelopmentServer.FindConnectionStringAsync(cancellation);
        if (connectionString is null)
            return await FailAsync("No development server is running. Start it in another terminal, or set ConnectionStrings__Batches.");

        await using var services = new ServiceCollection().AddCommandDatabase(connectionString, options).AddAccessStores()
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var replicas = ReplicaSet.Create(replicaSettings, ReplicaConnections, options);
        try
        {
            if (await services.GetRequiredService<DatabaseCheck>().FindProblemAsync(cancellation) is { } problem)
                return await FailAsync(problem);
            var source = services.GetRequiredService<NpgsqlDataSource>();
            var version = await SchemaVersionReader.ReadAsync(source, cancellation);
            if (writes && version.ReasonAgainstWrites(options) is { } reason)
                return await FailAsync(reason);
            if (writes && version.IsUpToDate)
                await PositionOffsets.AdjustAsync(source, cancellation);
            return await command(scope.ServiceProvider, replicas, version);
        }
        catch (Exception exception) when (exception is NpgsqlException or { InnerException: NpgsqlException })
        {
            return await FailAsync($"Database error: {exception.GetBaseException().Message}");
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or InvalidDataException or StartupException)
        {
            return await FailAsync(exception.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await FailAsync("Interrupted.");
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    private static CommandSession Create(IServiceProvider services, IReadOnlyList<Replica> replicas) => new(
        services.GetRequiredService<AccountStore>(),
        services.GetRequiredService<ApiKeyStore>(),
        services.GetRequiredService<UserStore>(),
        services.GetRequiredService<AccountPolicies>(),
        services.GetRequiredService<BatchFilterSqlCache>(),
        services.GetRequiredService<NpgsqlDataSource>(),
        replicas);
}
