using BatchesApi.Storage.Writes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace BatchesApi.ApiTests.Safety;

/// <summary>Background deletion: of changes after <c>History:RetentionDays</c>, of idempotency keys after a day.</summary>
public sealed class RetentionServiceTests(ApiServer given) : IAsyncLifetime
{
    private SeparateServer? _server;
    private HttpClient _client = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await SeparateServer.StartAsync(given, "", ("History:RetentionDays", "10"));
        _client = _server.CreateClient((await _server.CreateAccountAsync("pruned")).Key);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task Old_changes_and_idempotency_keys_are_deleted_and_recent_ones_kept()
    {
        var id = await _client.CreateIdAsync();
        await _client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        await _client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":2,"notes":"n"}""").JsonAsync();
        await _client.SendAsync("POST", Http.Batches, Http.Batch("B-2"), headers: ("Idempotency-Key", "young"))
            .JsonAsync(System.Net.HttpStatusCode.Created);

        // More rows of both than one statement deletes.
        await _server!.ExecuteAsync(
            """
            INSERT INTO idempotency_keys (credential_id, key, request_hash, created_at)
                SELECT 'c', i::text, '', now() - interval '25 hours' FROM generate_series(1, 1500) AS i;
            INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)
                SELECT 0, 'other', i, now() - interval '11 days', 'update', 'key', '', '' FROM generate_series(1, 1500) AS i;
            UPDATE batch_changes SET at = now() - interval '11 days' WHERE version = 1;
            UPDATE batch_changes SET at = now() - interval '9 days' WHERE version = 2 AND batch_id <> 'other'
            """);

        var pruner = _server.Services.GetServices<IHostedService>().OfType<RetentionService>().Single();
        Assert.Equal(3_002, await pruner.PruneAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await pruner.PruneAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["3", "2"], (await _client.ListAsync($"{Http.Batches}/{id}/history")).Select(entry => $"{entry!["version"]}"));
        await using var left = _server.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
            "SELECT string_agg(key, ' ') FROM idempotency_keys");
        Assert.Equal("young", await left.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
