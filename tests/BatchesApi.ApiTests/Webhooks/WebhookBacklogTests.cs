using System.Collections.Concurrent;
using System.Net;

namespace BatchesApi.ApiTests.Webhooks;

/// <summary>Events and changes that wait, and what happens to the webhook meanwhile.</summary>
public sealed class WebhookBacklogTests(WebhookServer server) : IClassFixture<WebhookServer>
{
    private const int Backlog = 1_500;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_of_before_a_webhook_became_inactive_are_sent_after_it_is_active_again(bool isFilteredAndTwice)
    {
        var isDown = true;
        await using var receiver = await Receiver.StartAsync(async (_, context) =>
        {
            if (Volatile.Read(ref isDown))
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url, isFilteredAndTwice ? "\"where\":{\"assignee\":\"amy\"}" : "");
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";

        // More than 1,000 events do not become pending before the first attempts end.
        var sent = await CreateManyAsync(client, "before", Backlog);
        await receiver.WaitAsync(8);
        await client.SendAsync("PATCH", address, """{"active":false}""").JsonAsync();
        await CreateManyAsync(client, "inactive", 10);
        await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        if (isFilteredAndTwice)
        {
            sent.UnionWith(await CreateManyAsync(client, "between", 5));
            await client.SendAsync("PATCH", address, """{"active":false}""").JsonAsync();
            await CreateManyAsync(client, "again", 5);
            await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        }
        Volatile.Write(ref isDown, false);
        sent.UnionWith(await CreateManyAsync(client, "after", 5));

        var received = await receiver.WaitAsync(sent.Count, distinct: one => one.BatchId!);
        await Task.Delay(1_500, TestContext.Current.CancellationToken);
        Assert.Equal(sent.Order(), receiver.All.Select(one => one.BatchId!).Distinct().Order());
        Assert.NotEmpty(received);
    }

    [Fact]
    public async Task Two_last_failures_at_the_same_moment_are_both_recorded()
    {
        using var both = new CountdownEvent(2);
        var isLast = false;
        await using var receiver = await Receiver.StartAsync(async (_, context) =>
        {
            if (Volatile.Read(ref isLast))
            {
                both.Signal();
                await Task.Run(() => both.Wait(TimeSpan.FromSeconds(5)), context.RequestAborted);
            }
            context.Response.StatusCode = 500;
        });
        using var client = await server.CreateClientAsync();
        for (var i = 0; i < 5; i++)
        {
            Volatile.Write(ref isLast, false);
            both.Reset(2);
            var webhook = await client.CreateWebhookAsync(receiver.Url);
            await CreateManyAsync(client, $"B{i}", 2);
            await client.WaitForDeliveriesAsync(
                webhook.Id(), all => all.Count == 2 && all.All(one => one["attempts"]!.AsArray().Count == 1));
            Volatile.Write(ref isLast, true);
            await server.ExecuteAsync(
                $"UPDATE webhook_deliveries SET failures = 9, next_attempt_at = now() WHERE webhook_id = '{webhook.Id()}'");

            var deliveries = await client.WaitForDeliveriesAsync(webhook.Id(), all => all.All(one => one.Status() == "failed"));
            Assert.All(deliveries, one => Assert.Equal(2, one["attempts"]!.AsArray().Count));
            Assert.False((bool)(await client.GetJsonAsync($"{WebhookServer.Webhooks}/{webhook.Id()}"))["active"]!);
            await client.SendAsync("DELETE", $"{WebhookServer.Webhooks}/{webhook.Id()}").EmptyAsync();
        }
    }

    [Fact]
    public async Task A_retry_by_request_during_the_last_attempt_leaves_the_webhook_active()
    {
        Func<string, Task>? retry = null;
        await using var receiver = await Receiver.StartAsync(async (one, context) =>
        {
            if (Interlocked.Exchange(ref retry, null) is { } send)
                await send(one.Id);
            context.Response.StatusCode = 500;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await client.CreateIdAsync("B-1");
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 1 && all[0]["attempts"]!.AsArray().Count == 1);
        Volatile.Write(
            ref retry,
            id => client.SendAsync("POST", $"{address}/deliveries/{id}/retry").JsonAsync(HttpStatusCode.Accepted));
        await server.ExecuteAsync(
            $"UPDATE webhook_deliveries SET failures = 9, next_attempt_at = now() WHERE webhook_id = '{webhook.Id()}'");

        // The attempt counts as the first one: the next follows after 5 s.
        var delivery = Assert.Single(await client.WaitForDeliveriesAsync(
            webhook.Id(), all => all[0]["attempts"]!.AsArray().Count == 2));
        Assert.Equal("pending", delivery.Status());
        Assert.InRange((DateTime.Parse((string)delivery["nextAttemptAt"]!, null) - DateTime.Now).TotalSeconds, 0, 7);
        Assert.True((bool)(await client.GetJsonAsync(address))["active"]!);
    }

    [Fact]
    public async Task An_event_behind_a_failing_one_has_no_time_until_that_has_ended()
    {
        var isBroken = true;
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = Volatile.Read(ref isBroken) ? 500 : 200;
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var id = await client.CreateIdAsync("B-1");
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":2}""").JsonAsync();
        var deliveries = await client.WaitForDeliveriesAsync(
            webhook.Id(), all => all.Count == 3 && all[2]["attempts"]!.AsArray().Count == 1);
        Assert.Null(deliveries[0]["nextAttemptAt"]);
        Assert.Null(deliveries[1]["nextAttemptAt"]);
        Assert.NotNull(deliveries[2]["nextAttemptAt"]);
        var retry = $"{WebhookServer.Webhooks}/{webhook.Id()}/deliveries/{{0}}/retry";
        var waiting = await client.SendAsync("POST", string.Format(null, retry, deliveries[1].Id())).JsonAsync(HttpStatusCode.Accepted);
        Assert.Null(waiting["nextAttemptAt"]);

        Volatile.Write(ref isBroken, false);
        await client.SendAsync("POST", string.Format(null, retry, deliveries[2].Id())).JsonAsync(HttpStatusCode.Accepted);
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.All(one => one.Status() == "delivered"));
        Assert.Equal([1, 1, 2, 3], receiver.All.Select(one => one.Version!.Value));

        // One that is repeated comes before the pending ones of its batch.
        Volatile.Write(ref isBroken, true);
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":3}""").JsonAsync();
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 4 && all[0]["attempts"]!.AsArray().Count == 1);
        await client.SendAsync("POST", string.Format(null, retry, deliveries[2].Id())).JsonAsync(HttpStatusCode.Accepted);
        deliveries = await client.WaitForDeliveriesAsync(webhook.Id(), all => all[3]["attempts"]!.AsArray().Count == 3);
        Assert.Null(deliveries[0]["nextAttemptAt"]);
        Assert.NotNull(deliveries[3]["nextAttemptAt"]);
    }

    [Fact]
    public async Task A_batch_that_is_restored_before_a_retry_is_in_the_body_of_its_deletion()
    {
        var refused = new ConcurrentBag<string>();
        await using var receiver = await Receiver.StartAsync((one, context) =>
        {
            if (one.Type == "batch.deleted" && refused.IsEmpty)
            {
                refused.Add(one.Id);
                context.Response.StatusCode = 500;
            }
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        await client.CreateWebhookAsync(receiver.Url);
        var id = await client.CreateIdAsync("B-1");
        await client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        await receiver.WaitAsync(2);
        var restored = await client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();

        var deleted = await receiver.WaitAsync(2, one => one.Type == "batch.deleted");
        Assert.Null(deleted[0].Json["data"]!["batch"]);
        Http.AssertSame(restored, deleted[1].Json["data"]!["batch"]);
    }

    [Fact]
    public async Task An_attempt_uses_the_address_and_the_secret_of_now()
    {
        using var gate = new SemaphoreSlim(0);
        await using var slow = await Receiver.StartAsync(async (_, context) => await gate.WaitAsync(context.RequestAborted));
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(slow.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await CreateManyAsync(client, "B", 20);
        await slow.WaitAsync(8);

        // The others were read with these.
        await client.SendAsync("PATCH", address, $"{{\"url\":\"{receiver.Url}\"}}").JsonAsync();
        var rotated = await client.SendAsync("POST", $"{address}/rotate").JsonAsync();
        gate.Release(100);
        var received = await receiver.WaitAsync(12);
        Assert.Equal(8, slow.All.Count);
        Assert.All(received, one => Assert.True(one.IsSignedWith((string)rotated["secret"]!)));
    }

    [Fact]
    public async Task A_webhook_whose_changes_are_no_longer_kept_is_disabled()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url, "\"active\":false");
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await client.CreateIdAsync("B-1");
        await server.ExecuteAsync(
            $"UPDATE webhooks SET is_active = true, inactive_periods = '{{}}', read_until = '2020-01-01' WHERE id = '{webhook.Id()}'");

        for (var start = TimeProvider.System.GetTimestamp(); (bool)(await client.GetJsonAsync(address))["active"]!;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        Assert.StartsWith(
            "Changes that were not sent are no longer in the history.",
            (string?)(await client.GetJsonAsync(address))["disabledReason"],
            StringComparison.Ordinal);
        await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        var id = await client.CreateIdAsync("B-2");
        Assert.Equal(id, Assert.Single(await receiver.WaitAsync(1)).BatchId);
    }

    [Fact]
    public async Task A_webhook_that_was_inactive_for_longer_than_the_history_is_kept_continues()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await client.CreateIdAsync("B-1");
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 1 && all[0].Status() == "delivered");
        await client.SendAsync("PATCH", address, """{"active":false}""").JsonAsync();
        await server.ExecuteAsync($"UPDATE webhooks SET read_until = '2020-01-01' WHERE id = '{webhook.Id()}'");
        await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        await client.CreateIdAsync("B-2");
        await receiver.WaitAsync(2);
    }

    [Fact]
    public async Task Many_failing_batches_do_not_stop_the_others()
    {
        await using var receiver = await Receiver.StartAsync((one, context) =>
        {
            var isBad = ((string)one.Json["data"]!["batch"]!["batchCode"]!).StartsWith("bad", StringComparison.Ordinal);
            context.Response.StatusCode = isBad ? 500 : 200;
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        await client.CreateWebhookAsync(receiver.Url);
        var bad = await CreateManyAsync(client, "bad", 1_100);
        await receiver.WaitAsync(bad.Count, distinct: one => one.BatchId!);

        var good = await client.CreateIdAsync("good");
        await receiver.WaitAsync(1, one => one.BatchId == good);
    }

    private static async Task<HashSet<string>> CreateManyAsync(HttpClient client, string name, int count)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in Enumerable.Range(0, count).Chunk(500))
        {
            var body = $"[{string.Join(',', chunk.Select(i => Http.Batch($"{name}-{i}", "\"assignee\":\"amy\"")))}]";
            using var response = await client.SendAsync("POST", Http.Batches, body);
            var created = System.Text.Json.Nodes.JsonNode.Parse(
                await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            ids.UnionWith(created.AsArray().Select(batch => (string)batch!["id"]!));
        }
        return ids;
    }
}
