using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests.Webhooks;

/// <summary>A server that sends events to this machine, with a separate database, because the servers of other tests would share its
/// work.</summary>
public sealed class WebhookServer(ApiServer given) : IAsyncLifetime
{
    /// <summary>The address of webhooks.</summary>
    public const string Webhooks = "/api/v2/webhooks";

    private readonly List<WebApplication> _apps = [];

    /// <summary>The connection string of the database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The address of the first server.</summary>
    public Uri Address => new(_apps[0].Urls.First());

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        ConnectionString = await given.CreateDatabaseAsync();
        await StartAsync();
    }

    /// <summary>Starts another server on the same database.</summary>
    public async Task<WebApplication> StartAsync(params (string Name, string Value)[] settings)
    {
        var app = await ApiServer.StartAsync(ConnectionString, [("Webhooks:AllowPrivate", "true"), .. settings]);
        _apps.Add(app);
        return app;
    }

    /// <summary>Creates an account.</summary>
    /// <returns>A client with the scope <c>admin</c>.</returns>
    public async Task<HttpClient> CreateClientAsync()
    {
        await using var services = _apps[0].Services.CreateAsyncScope();
        var account = await services.ServiceProvider.GetRequiredService<AccountStore>().CreateAsync(ApiServer.NewAccountName(), default);
        var (_, secret) = (await services.ServiceProvider.GetRequiredService<ApiKeyStore>().CreateAsync(
            account!.Id, new NewApiKey("test", Scope.Admin), ApiServer.Operator, default)).Value;
        return ApiServer.CreateClient(Address, secret);
    }

    /// <summary>Runs SQL and returns the number of changed rows.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
            await app.DisposeAsync();
        await given.Postgres.DropDatabaseAsync(ConnectionString);
    }
}

/// <summary>Helpers for requests about webhooks.</summary>
internal static class WebhookClient
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Creates a webhook.</summary>
    /// <param name="client">The client.</param>
    /// <param name="url">The URL.</param>
    /// <param name="more">Further members.</param>
    /// <returns>The webhook with its secret.</returns>
    public static Task<JsonObject> CreateWebhookAsync(this HttpClient client, string url, string more = "") =>
        client.SendAsync("POST", WebhookServer.Webhooks, $"{{\"url\":\"{url}\"{(more.Length > 0 ? "," : "")}{more}}}")
            .JsonAsync(HttpStatusCode.Created);

    /// <summary>The deliveries of a webhook, the newest first.</summary>
    public static async Task<IReadOnlyList<JsonObject>> DeliveriesAsync(this HttpClient client, string id, string query = "") =>
        [.. (await client.GetJsonAsync($"{WebhookServer.Webhooks}/{id}/deliveries{query}"))["data"]!.AsArray().Select(d => d!.AsObject())];

    /// <summary>Waits until the deliveries of a webhook meet a condition, and returns them.</summary>
    public static async Task<IReadOnlyList<JsonObject>> WaitForDeliveriesAsync(
        this HttpClient client, string id, Func<IReadOnlyList<JsonObject>, bool> condition)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var deliveries = await client.DeliveriesAsync(id);
            if (condition(deliveries))
                return deliveries;
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) < Timeout,
                string.Join('\n', deliveries.Select(delivery => delivery.ToJsonString())));
        }
    }

    /// <summary>The status of a delivery.</summary>
    public static string Status(this JsonObject delivery) => (string)delivery["status"]!;
}
