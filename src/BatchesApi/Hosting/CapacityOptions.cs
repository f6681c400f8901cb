using System.Globalization;
using BatchesApi.Batches;
using BatchesApi.Concurrency;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>How much requests may use at the same time. The defaults depend on each other, on the connection pool and on the
/// memory.</summary>
/// <param name="Connections">The connections of requests for batches.</param>
/// <param name="Lists">The limits of a list.</param>
/// <param name="Scans">The limits on lists that may read a whole account.</param>
/// <param name="Concurrency">The limits on requests in flight.</param>
/// <param name="Notice">A warning about a setting that was lowered, or null.</param>
internal sealed record CapacityOptions(
    ConnectionOptions Connections, ListOptions Lists, FairLimiterOptions Scans, ConcurrencyOptions Concurrency, string? Notice)
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Largest page by default, in MiB: a page of 1,000 batches with 16 KiB each.</summary>
    private const int LargestPage = 16;

    /// <summary>Maximum memory for large bodies by default, in MiB.</summary>
    private const int LargestBodyMemory = 256;

    /// <summary>Seconds that a request waits for memory for its body.</summary>
    private const int BodyWaitSeconds = 2;

    /// <summary>Maximum number of requests of an account that wait for changes. Each has a client connection, and little else.</summary>
    private const int WaitsPerAccount = 100;

    /// <summary>Computes the options from the settings.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="connectionString">A valid connection string, or null for the development database.</param>
    /// <param name="memory">The memory that the process may use, in bytes.</param>
    public static CapacityOptions Create(ServerSettings settings, string? connectionString, long memory)
    {
        // One connection for a list, one for everything else.
        var poolSize = Math.Max(2, GetPoolSize(connectionString));
        var requested = settings.Lists.Concurrent;
        var lists = Math.Min(requested, poolSize / 2);
        var shared = poolSize - lists;
        var bulkWrites = settings.Bulk.Concurrent;

        // All lists in flight together use at most half of the memory.
        var page = settings.Lists.MaxPageMegabytes ?? (int)Math.Clamp(memory / 2 / lists / Mebibyte, 1, LargestPage);
        var bodyKiB = 1024 * (settings.Requests.BodyMegabytes
            ?? (int)Math.Clamp(memory / 8 / Mebibyte, ServerSettings.MinBodyMegabytes, LargestBodyMemory));
        return new CapacityOptions(
            new ConnectionOptions(poolSize, CreateLimit(
                LimitedResource.Connections,
                settings.Database.ConnectionsPerAccount ?? Math.Max(1, shared / 2),
                shared,
                settings.Database.WaitSeconds)),
            new ListOptions(TimeSpan.FromSeconds(settings.Lists.TimeoutSeconds), page * (long)Mebibyte),

            // Lists wait for their turn within their own timeout, which ends earlier.
            CreateLimit(LimitedResource.Lists, settings.Lists.ScansPerAccount, settings.Lists.Scans, 2 * settings.Lists.TimeoutSeconds),
            new ConcurrencyOptions(
                CreateLimit(
                    LimitedResource.Lists,
                    settings.Lists.PerAccount ?? Math.Clamp(lists / 2, 1, 8),
                    lists,
                    settings.Lists.WaitSeconds),
                CreateLimit(
                    LimitedResource.BulkWrites,
                    settings.Bulk.PerAccount ?? Math.Clamp(bulkWrites / 2, 1, 4),
                    bulkWrites,
                    settings.Bulk.WaitSeconds),
                CreateLimit(LimitedResource.BodyMemory, bodyKiB / 2, bodyKiB, BodyWaitSeconds),
                CreateLimit(LimitedResource.Waits, WaitsPerAccount, settings.Server.MaxConnections / 2, BodyWaitSeconds),
                page * Mebibyte),
            lists == requested ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"Lists__Concurrent was lowered from {requested} to {lists}, half of the connection pool. "
                    + $"'Maximum Pool Size' in ConnectionStrings__Batches is {poolSize}."));
    }

    private static FairLimiterOptions CreateLimit(LimitedResource resource, int perAccount, int total, int waitSeconds) =>
        new(resource, Math.Min(perAccount, total), total, TimeSpan.FromSeconds(waitSeconds));

    private static int GetPoolSize(string? connectionString)
    {
        const string Keyword = "Maximum Pool Size";
        var options = new NpgsqlConnectionStringBuilder(connectionString);
        return options.ShouldSerialize(Keyword) ? options.MaxPoolSize : StorageServices.DefaultPoolSize;
    }
}
