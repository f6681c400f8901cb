using System.Diagnostics;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Configures pools of connections, and opens connections with a time limit.</summary>
internal static class DataSourceExtensions
{
    /// <summary>How long a request waits for a connection that does not count for an account.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(2);

    /// <summary>Sets the name of a pool in metrics and traces, and what is traced: the statements of requests that are sampled. Background
    /// services ask the database every second, which would be a trace each time.</summary>
    /// <param name="source">The builder of the pool.</param>
    /// <param name="name">The name. Npgsql's default contains the host, the database and the user.</param>
    /// <returns>The builder.</returns>
    public static NpgsqlDataSourceBuilder WithTelemetry(this NpgsqlDataSourceBuilder source, string name)
    {
        source.Name = name;
        return source.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(_ => IsTraced())
            .ConfigureBatchFilter(_ => IsTraced())
            .ConfigureCopyOperationFilter(_ => IsTraced())
            .EnablePhysicalOpenTracing(false)
            .EnableFirstResponseEvent(false));

        static bool IsTraced() => Activity.Current is { Recorded: true };
    }

    /// <summary>Opens a connection, or stops waiting for it. Opening continues in the background, so that the pool can grow while the
    /// machine is busy.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached, or not in time.</exception>
    public static ValueTask<NpgsqlConnection> OpenWithinAsync(this NpgsqlDataSource source, TimeSpan wait, CancellationToken cancellation)
    {
        var opening = source.OpenConnectionAsync(CancellationToken.None);
        return opening.IsCompletedSuccessfully ? opening : WaitAsync(opening.AsTask(), wait, cancellation);
    }

    private static async ValueTask<NpgsqlConnection> WaitAsync(
        Task<NpgsqlConnection> opening, TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            return await opening.WaitAsync(wait, cancellation);
        }
        catch (TimeoutException exception)
        {
            _ = ReturnAsync(opening);
            throw new NpgsqlException($"No connection could be opened within {wait.TotalSeconds} s.", exception);
        }
        catch (OperationCanceledException)
        {
            _ = ReturnAsync(opening);
            throw;
        }
    }

    /// <summary>Returns a connection to the pool once it is open.</summary>
    private static async Task ReturnAsync(Task<NpgsqlConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await opening.Result.DisposeAsync();
    }
}
