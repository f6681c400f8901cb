using BatchesApi.Access;
using BatchesApi.Data;
using BatchesApi.Development;
using BatchesApi.Hosting;
using BatchesApi.Model;
using BatchesApi.Requests;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Admin;

/// <summary>What a verb works with: the database of the settings, reached for as long as the verb runs.</summary>
internal static class AdminSession
{
    /// <summary>Runs a verb on accounts and keys.</summary>
    public static Task<int> WithKeysAsync(Func<KeyRegister, Task<int>> verb, CancellationToken cancellation) =>
        WithDatabaseAsync(
            async db =>
            {
                if ((await db.Database.GetPendingMigrationsAsync(cancellation)).Any())
                    return await FailAsync("The database is not up to date. Run 'migrate' first, or start the server once.");
                return await verb(new KeyRegister(db, TimeProvider.System, new ObjectId(TimeProvider.System)));
            },
            cancellation);

    /// <summary>Runs a verb on the database, and says what is wrong where it is not there.</summary>
    public static async Task<int> WithDatabaseAsync(Func<BatchesContext, Task<int>> verb, CancellationToken cancellation)
    {
        var faults = new Faults();
        var builder = Configuration.CreateBuilder([]);
        var connectionString = Settings.ConnectionStringIn(builder.Configuration, builder.Environment.IsDevelopment(), faults);
        if (faults.Any)
            return await FailAsync(Settings.Describe(faults));
        connectionString ??= await RunningServer.FindAsync(cancellation);
        if (connectionString is null)
            return await FailAsync("No development server runs. Start it in another terminal, or set ConnectionStrings__Batches.");

        await using var services = new ServiceCollection().AddDatabase(connectionString).BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await verb(scope.ServiceProvider.GetRequiredService<BatchesContext>());
        }
        catch (Exception fault) when (fault is NpgsqlException or { InnerException: NpgsqlException })
        {
            return await FailAsync($"The database does not serve: {fault.GetBaseException().Message}");
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
