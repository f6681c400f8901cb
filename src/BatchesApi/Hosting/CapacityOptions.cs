using System.Globalization;
using BatchesApi.Batches;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>How much of the server requests may take at the same time. The defaults depend on each other, on the connection pool and on the memory.</summary>
/// <param name="Connections">The connections of requests for batches.</param>
/// <param name="Lists">What a list may take.</param>
/// <param name="Scans">The bounds of lists that may read a whole account, at the same time.</param>
/// <param name="Concurrency">The bounds on requests in flight.</param>
/// <param name="Notice">What the operator should know of a setting that was not taken as it is; null for nothing.</param>
internal sealed record CapacityOptions(ConnectionOptions Connections, ListOptions Lists, FairLimiterOptions Scans, ConcurrencyOptions Concurrency, string? Notice)
{
    private const int MaxPermits = 10_000;
    private const int MaxWaitSeconds = 60;
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Largest page by default, in MiB: a page of 1,000 batches with 16 KiB each.</summary>
    private const int LargestPage = 16;

    /// <summary>Most memory for large bodies by default, in MiB.</summary>
    private const int LargestBodyMemory = 256;

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they are set.</param>
    /// <param name="connectionString">How to reach PostgreSQL, well-formed; null for development's own.</param>
    /// <param name="memory">The memory that the process may use, in bytes.</param>
    /// <param name="errors">Gets everything that is wrong, under the settings' names.</param>
    public static CapacityOptions Read(IConfiguration configuration, string? connectionString, long memory, ValidationErrors errors)
    {
        int Number(string key, int max, int defaultValue) => ServerOptions.Number(configuration, key, 1, max, defaultValue, errors);
        FairLimiterOptions Limit(LimitedResource resource, int perAccount, int total, int waitSeconds) =>
            new(resource, Math.Min(perAccount, total), total, TimeSpan.FromSeconds(waitSeconds));

        // One for a list, one for all else.
        var poolSize = Math.Max(2, GetPoolSize(connectionString));
        var asked = Number("Lists:Concurrent", MaxPermits, defaultValue: 32);
        var lists = Math.Min(asked, poolSize / 2);
        var shared = poolSize - lists;
        var bulkWrites = Number("Bulk:Concurrent", MaxPermits, defaultValue: 16);

        // All lists in flight together take half of the memory at most.
        var page = (int)Math.Clamp(memory / 2 / lists / Mebibyte, 1, LargestPage);
        var bodyMemory = (int)Math.Clamp(memory / 8 / Mebibyte, 2 * BatchBodyReader.MaxArrayBytes / Mebibyte, LargestBodyMemory);
        bodyMemory = ServerOptions.Number(configuration, "Requests:BodyMegabytes", 2 * BatchBodyReader.MaxArrayBytes / Mebibyte, MaxPermits, bodyMemory, errors);
        var timeout = Number("Lists:TimeoutSeconds", max: 3_600, defaultValue: 5);
        var scans = Number("Lists:Scans", MaxPermits, defaultValue: 8);
        return new CapacityOptions(
            new ConnectionOptions(poolSize, Limit(
                LimitedResource.Connections,
                Number("Database:ConnectionsPerAccount", MaxPermits, defaultValue: Math.Max(1, shared / 2)),
                shared,
                Number("Database:WaitSeconds", MaxWaitSeconds, defaultValue: 2))),
            new ListOptions(
                TimeSpan.FromSeconds(timeout),
                Number("Lists:MaxPageMegabytes", max: 1_024, defaultValue: page) * (long)Mebibyte),

            // Lists wait for it within their own time, which ends before.
            Limit(LimitedResource.Lists, Number("Lists:ScansPerAccount", MaxPermits, defaultValue: 1), scans, 2 * timeout),
            new ConcurrencyOptions(
                Limit(
                    LimitedResource.Lists,
                    Number("Lists:PerAccount", MaxPermits, defaultValue: Math.Clamp(lists / 2, 1, 8)),
                    lists,
                    Number("Lists:WaitSeconds", MaxWaitSeconds, defaultValue: 2)),
                Limit(
                    LimitedResource.BulkWrites,
                    Number("Bulk:PerAccount", MaxPermits, defaultValue: Math.Clamp(bulkWrites / 2, 1, 4)),
                    bulkWrites,
                    Number("Bulk:WaitSeconds", MaxWaitSeconds, defaultValue: 10)),
                Limit(LimitedResource.BodyMemory, bodyMemory * 1024 / 2, bodyMemory * 1024, waitSeconds: 2)),
            lists == asked ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"Lists__Concurrent is lowered from {asked} to {lists}, half of the connection pool: 'Maximum Pool Size' in ConnectionStrings__Batches is {poolSize}."));
    }

    private static int GetPoolSize(string? connectionString)
    {
        const string Keyword = "Maximum Pool Size";
        var options = new NpgsqlConnectionStringBuilder(connectionString);
        return options.ShouldSerialize(Keyword) ? options.MaxPoolSize : StorageServices.DefaultPoolSize;
    }
}
