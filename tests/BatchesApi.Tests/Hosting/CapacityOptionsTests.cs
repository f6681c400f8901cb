using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Hosting;

public sealed class CapacityOptionsTests
{
    private const long Gibibyte = 1024L * 1024 * 1024;
    private const int Mebibyte = 1024 * 1024;

    private readonly ValidationErrors _errors = new();

    [Fact]
    public void Default_limits_leave_capacity_for_other_accounts()
    {
        var settings = Read("Host=db", 24 * Gibibyte);

        Assert.Equal(80, settings.Connections.PoolSize);
        Assert.Equal(Limit(LimitedResource.Connections, 24, 48, 2), settings.Connections.Limit);
        Assert.Equal(Limit(LimitedResource.Lists, 8, 32, 2), settings.Concurrency.Lists);
        Assert.Equal(Limit(LimitedResource.Lists, 1, 8, 10), settings.Scans);
        Assert.Equal(Limit(LimitedResource.BulkWrites, 4, 16, 10), settings.Concurrency.BulkWrites);
        Assert.Equal(Limit(LimitedResource.BodyMemory, 128 * 1024, 256 * 1024, 2), settings.Concurrency.BodyMemory);
        Assert.Equal((TimeSpan.FromSeconds(5), 16L * Mebibyte), (settings.Lists.Timeout, settings.Lists.MaxPageBytes));
        Assert.Null(settings.Notice);
    }

    [Theory]
    [InlineData(16, 8, 4, 4)]
    [InlineData(10, 5, 2, 2)]
    [InlineData(2, 1, 1, 1)]
    public void Lists_get_half_of_a_small_pool_with_a_warning(int poolSize, int lists, int listsOfAccount, int connectionsOfAccount)
    {
        var settings = Read($"Host=db;Maximum Pool Size={poolSize}", 24 * Gibibyte);

        Assert.Equal((lists, listsOfAccount), (settings.Concurrency.Lists.Total, settings.Concurrency.Lists.PerAccount));
        Assert.Equal(connectionsOfAccount, settings.Connections.Limit.PerAccount);
        Assert.Equal(
            $"Lists__Concurrent was lowered from 32 to {lists}, half of the connection pool. "
            + $"'Maximum Pool Size' in ConnectionStrings__Batches is {poolSize}.",
            settings.Notice);
    }

    [Theory]
    [InlineData(256, 4, 32)]
    [InlineData(1_024, 16, 128)]
    [InlineData(64, 1, 10)]
    public void Pages_in_flight_use_half_of_a_small_memory_and_bodies_an_eighth(int memory, int page, int bodies)
    {
        var settings = Read("Host=db", memory * (long)Mebibyte);

        Assert.Equal(page * (long)Mebibyte, settings.Lists.MaxPageBytes);
        Assert.Equal(bodies * 1024, settings.Concurrency.BodyMemory.Total);
    }

    [Fact]
    public void Set_limits_apply_up_to_the_total()
    {
        var settings = Read(
            "Host=db", Gibibyte, ("Lists:Concurrent", "20"), ("Lists:PerAccount", "30"),
            ("Lists:WaitSeconds", "1"), ("Lists:MaxPageMegabytes", "64"),
            ("Bulk:Concurrent", "3"), ("Bulk:PerAccount", "2"), ("Bulk:WaitSeconds", "4"),
            ("Database:ConnectionsPerAccount", "5"), ("Database:WaitSeconds", "3"),
            ("Requests:BodyMegabytes", "12"));

        Assert.Equal(Limit(LimitedResource.Lists, 20, 20, 1), settings.Concurrency.Lists);
        Assert.Equal(Limit(LimitedResource.BulkWrites, 2, 3, 4), settings.Concurrency.BulkWrites);
        Assert.Equal(Limit(LimitedResource.Connections, 5, 60, 3), settings.Connections.Limit);
        Assert.Equal(Limit(LimitedResource.BodyMemory, 6 * 1024, 12 * 1024, 2), settings.Concurrency.BodyMemory);
        Assert.Equal(64L * Mebibyte, settings.Lists.MaxPageBytes);
        Assert.Null(settings.Notice);
    }

    [Theory]
    [InlineData("Lists:Concurrent", "0", "Lists__Concurrent '0' is not valid; use a whole number from 1 to 10000.")]
    [InlineData("Database:WaitSeconds", "61", "Database__WaitSeconds '61' is not valid; use a whole number from 1 to 60.")]
    [InlineData("Requests:BodyMegabytes", "9", "Requests__BodyMegabytes '9' is not valid; use a whole number from 10 to 10000.")]
    public void A_value_out_of_range_is_an_error(string name, string value, string error)
    {
        Read("Host=db", Gibibyte, (name, value));
        Assert.Equal([error], _errors.Lines());
    }

    private static FairLimiterOptions Limit(LimitedResource resource, int perAccount, int total, int waitSeconds) =>
        new(resource, perAccount, total, TimeSpan.FromSeconds(waitSeconds));

    private CapacityOptions Read(string connectionString, long memory, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)))
            .Build();
        var read = CapacityOptions.Create(SettingsBinder.Bind<ServerSettings>(configuration, _errors), connectionString, memory);
        if (settings.Length == 0)
            Assert.Empty(_errors);
        return read;
    }
}
