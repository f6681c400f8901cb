using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>The session settings of the server's connections, which matter only with millions of batches.</summary>
public sealed class ConnectionTests(ApiServer server)
{
    [Theory]
    [InlineData("plan_cache_mode", "force_generic_plan")]
    [InlineData("jit", "off")]
    [InlineData("max_parallel_workers_per_gather", "0")]
    public async Task Statements_are_planned_once_not_compiled_and_run_in_one_process(string setting, string value)
    {
        await using var command = server.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"SHOW {setting}");
        Assert.Equal(value, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
