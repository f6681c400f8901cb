using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Webhooks;

/// <summary>Several servers, and servers with a folder for keys.</summary>
public sealed class WebhookSharingTests(WebhookServer server) : IClassFixture<WebhookServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_servers_share_the_webhooks_and_none_sends_an_event_of_another()
    {
        var sending = new ConcurrentDictionary<string, bool>();
        var overlaps = new ConcurrentBag<string>();
        await using var receiver = await Receiver.StartAsync(async (one, context) =>
        {
            if (!sending.TryAdd(one.Id, true))
                overlaps.Add(one.Id);
            await Task.Delay(20, context.RequestAborted);
            sending.TryRemove(one.Id, out _);
        });
        using var client = await server.CreateClientAsync();
        await client.CreateWebhookAsync(receiver.Url);
        await using (var second = await server.StartAsync())
        await using (var third = await server.StartAsync())
        {
            for (var i = 0; i < 12; i++)
                await client.CreateWebhookAsync($"{receiver.Url}?{i}");
            for (var i = 0; i < 20; i++)
                await client.CreateIdAsync($"B-{i}");
            await receiver.WaitAsync(12 * 20);

            // Disposal alone does not wait for background services.
            await Task.WhenAll(second.StopAsync(Cancellation), third.StopAsync(Cancellation));
        }

        // The leases of the servers that stopped are free immediately.
        await client.CreateIdAsync("B-20");
        await receiver.WaitAsync(13 * 21);
        await Task.Delay(1_000, Cancellation);
        Assert.Empty(overlaps);
        Assert.Equal(13 * 21, receiver.All.Count);
        Assert.Equal(13 * 21, receiver.All.Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_secret_that_cannot_be_decrypted_disables_the_webhook_until_it_is_rotated()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await server.ExecuteAsync($"UPDATE webhooks SET secret = 'encrypted:CfDJ8A' WHERE id = '{webhook.Id()}'");
        await client.CreateIdAsync("B-1");

        var deliveries = await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 1);
        JsonObject disabled;
        do
        {
            await Task.Delay(20, Cancellation);
            disabled = await client.GetJsonAsync(address);
        }
        while ((bool)disabled["active"]!);
        Assert.StartsWith("The server cannot decrypt the secret. Rotate ", (string?)disabled["disabledReason"], StringComparison.Ordinal);
        var test = await client.SendAsync("POST", $"{address}/test").JsonAsync();
        Assert.Equal((string?)disabled["disabledReason"], (string?)test["attempts"]![0]!["error"]);

        // The event of before is still pending.
        var rotated = await client.SendAsync("POST", $"{address}/rotate").JsonAsync();
        await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        var received = Assert.Single(await receiver.WaitAsync(1));
        Assert.Equal(deliveries[0].Id(), received.Id);
        Assert.True(received.IsSignedWith((string)rotated["secret"]!));
    }

    [Fact]
    public async Task With_a_folder_for_keys_the_database_has_no_secret()
    {
        var folder = Directory.CreateTempSubdirectory("batches-keys");
        try
        {
            await using var receiver = await Receiver.StartAsync();
            await using var app = await server.StartAsync(("Webhooks:KeyFolder", folder.FullName));
            using var client = await server.CreateClientAsync();
            using var encrypting = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            encrypting.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
            var webhook = await encrypting.CreateWebhookAsync(receiver.Url, "\"active\":false");

            await encrypting.SendAsync("POST", $"{WebhookServer.Webhooks}/{webhook.Id()}/test").JsonAsync();
            Assert.True(Assert.Single(receiver.All).IsSignedWith((string)webhook["secret"]!));
            Assert.Equal(1, await server.ExecuteAsync(
                $"UPDATE webhooks SET url = url WHERE id = '{webhook.Id()}' AND secret LIKE 'encrypted:%'"));
            Assert.NotEmpty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
