using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.ApiTests.Webhooks;

public sealed partial class WebhookSendTests(WebhookServer server) : IClassFixture<WebhookServer>
{
    [Fact]
    public async Task Each_change_of_a_batch_is_sent_with_its_signature()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);

        var batch = await client.CreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""));
        var id = batch.Id();
        await receiver.WaitAsync(1);
        var changed = await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":4}""").JsonAsync();
        await receiver.WaitAsync(2);
        await client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        await receiver.WaitAsync(3);
        var restored = await client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();
        var received = await receiver.WaitAsync(4);

        Assert.Equal(["batch.created", "batch.updated", "batch.deleted", "batch.restored"], received.Select(one => one.Type));
        Assert.Equal([1, 2, 3, 4], received.Select(one => one.Version!.Value));
        Assert.All(received, one =>
        {
            Assert.True(one.IsSignedWith((string)webhook["secret"]!));
            Assert.Equal("application/json", one.Headers["content-type"]);
            Assert.Matches(UserAgent(), one.Headers["user-agent"]);
            Assert.DoesNotContain(one.Headers.Keys, name => name.Equals("traceparent", StringComparison.OrdinalIgnoreCase));
            Assert.Equal(id, one.BatchId);
            Assert.Equal(["type", "timestamp", "data"], one.Json.Select(member => member.Key));
            Assert.Equal(["id", "version", "changed", "batch"], one.Json["data"]!.AsObject().Select(member => member.Key));
            Assert.InRange(
                long.Parse(one.Timestamp, System.Globalization.CultureInfo.InvariantCulture),
                DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        });
        Http.AssertSame(batch, received[0].Json["data"]!["batch"]);
        Http.AssertSame(changed, received[1].Json["data"]!["batch"]);
        Assert.Equal("""["rating"]""", received[1].Json["data"]!["changed"]!.ToJsonString());
        Assert.Equal((string?)changed["updatedAt"], (string?)received[1].Json["timestamp"]);
        Assert.Null(received[2].Json["data"]!["batch"]);
        Http.AssertSame(restored, received[3].Json["data"]!["batch"]);

        var deliveries = await client.WaitForDeliveriesAsync(webhook.Id(), all => all.All(one => one.Status() == "delivered"));
        Assert.Equal(received.Select(one => one.Id).Reverse(), deliveries.Select(one => one.Id()));
        Assert.Equal([4, 3, 2, 1], deliveries.Select(one => (int)one["version"]!));
        Assert.All(deliveries, one =>
        {
            Assert.Equal(id, (string?)one["batchId"]);
            Assert.Null(one["nextAttemptAt"]);
            var attempt = Assert.Single(one["attempts"]!.AsArray())!.AsObject();
            Assert.Equal(["at", "code", "milliseconds", "error", "response"], attempt.Select(member => member.Key));
            Assert.Equal(200, (int?)attempt["code"]);
            Assert.Null(attempt["error"]);
        });
    }

    [Fact]
    public async Task Only_the_chosen_events_of_batches_that_match_after_the_change_are_sent()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        await client.CreateWebhookAsync(
            receiver.Url, """ "events":["batch.updated"],"where":{"assignee":"amy","createdAt":{"$lte":{"$now":"+1d"}}} """);

        var id = (await client.CreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""))).Id();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"assignee":"ben"}""").JsonAsync();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"assignee":"amy"}""").JsonAsync();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        var received = await receiver.WaitAsync(2);
        await Task.Delay(1_500, TestContext.Current.CancellationToken);

        Assert.Equal([3, 4], receiver.All.Select(one => one.Version!.Value));
        Assert.Equal(received, receiver.All);
    }

    [Fact]
    public async Task Changes_while_a_webhook_is_inactive_are_never_sent()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        var id = await client.CreateIdAsync("B-1");
        await receiver.WaitAsync(1);

        await client.SendAsync("PATCH", address, """{"active":false}""").JsonAsync();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        await Task.Delay(1_500, TestContext.Current.CancellationToken);
        await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":2}""").JsonAsync();

        Assert.Equal([1, 3], (await receiver.WaitAsync(2)).Select(one => one.Version!.Value));
    }

    [Fact]
    public async Task The_events_of_a_batch_wait_for_the_one_before_and_those_of_other_batches_do_not()
    {
        var refused = new ConcurrentBag<string>();
        await using var receiver = await Receiver.StartAsync((one, context) =>
        {
            if (one.Version == 1 && (string?)one.Json["data"]!["batch"]!["batchCode"] == "slow" && refused.IsEmpty)
            {
                refused.Add(one.Id);
                context.Response.StatusCode = 500;
                return context.Response.WriteAsync("not \0 now");
            }
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var slow = await client.CreateIdAsync("slow");
        await client.SendAsync("PATCH", $"{Http.Batches}/{slow}", """{"rating":1}""").JsonAsync();
        var fast = await client.CreateIdAsync("fast");
        await client.SendAsync("PATCH", $"{Http.Batches}/{fast}", """{"rating":1}""").JsonAsync();

        var received = await receiver.WaitAsync(5);
        Assert.Equal([1, 2], received.Where(one => one.BatchId == fast).Select(one => one.Version!.Value));
        Assert.Equal([1, 1, 2], received.Where(one => one.BatchId == slow).Select(one => one.Version!.Value));

        // The other batch did not wait for the retry after 5 s, which has the same id.
        var retry = received.Index().Where(one => one.Item.BatchId == slow && one.Item.Version == 1).Select(one => one.Index).ToList();
        Assert.True(received.Index().Where(one => one.Item.BatchId == fast).All(one => one.Index < retry[1]));
        Assert.Equal(received[retry[0]].Id, received[retry[1]].Id);
        var deliveries = await client.WaitForDeliveriesAsync(webhook.Id(), all => all.All(one => one.Status() == "delivered"));
        var attempts = deliveries.Single(one => one.Id() == refused.Single())["attempts"]!.AsArray();
        Assert.Equal(2, attempts.Count);
        Assert.Equal(500, (int?)attempts[0]!["code"]);
        Assert.Equal("The response has the status 500.", (string?)attempts[0]!["error"]);
        Assert.Equal("not  now", (string?)attempts[0]!["response"]);
        Assert.InRange(
            (DateTime.Parse((string)attempts[1]!["at"]!, null) - DateTime.Parse((string)attempts[0]!["at"]!, null)).TotalSeconds, 4.4, 8);
    }

    [Fact]
    public async Task After_the_last_attempt_the_event_has_failed_and_the_webhook_is_disabled()
    {
        var isBroken = true;
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = Volatile.Read(ref isBroken) ? 503 : 204;
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";
        await client.CreateIdAsync("B-1");
        await receiver.WaitAsync(1);
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 1 && all[0]["attempts"]!.AsArray().Count == 1);
        await server.ExecuteAsync(
            $"UPDATE webhook_deliveries SET failures = 9, next_attempt_at = now() WHERE webhook_id = '{webhook.Id()}'");

        var failed = Assert.Single(await client.WaitForDeliveriesAsync(webhook.Id(), all => all[0].Status() == "failed"));
        Assert.Null(failed["nextAttemptAt"]);
        var disabled = await client.GetJsonAsync(address);
        Assert.False((bool)disabled["active"]!);
        Assert.Equal(
            $"10 attempts to deliver event {failed.Id()} failed. The last error: The response has the status 503.",
            (string?)disabled["disabledReason"]);

        Volatile.Write(ref isBroken, false);
        var active = await client.SendAsync("PATCH", address, """{"active":true}""").JsonAsync();
        Assert.True((bool)active["active"]!);
        Assert.Null(active["disabledReason"]);
        await client.CreateIdAsync("B-2");
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 2 && all[0].Status() == "delivered");
    }

    [Fact]
    public async Task A_delivery_can_be_sent_again_by_request()
    {
        var status = 200;
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        await client.CreateIdAsync("B-1");
        var delivery = Assert.Single(
            await client.WaitForDeliveriesAsync(webhook.Id(), all => all.Count == 1 && all[0].Status() == "delivered"));
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}/deliveries/{delivery.Id()}/retry";

        Volatile.Write(ref status, 500);
        var retried = await client.SendAsync("POST", address).JsonAsync(HttpStatusCode.Accepted);
        Assert.Equal(delivery.Id(), retried.Id());
        Assert.Equal("pending", retried.Status());
        Assert.NotNull(retried["nextAttemptAt"]);
        await client.WaitForDeliveriesAsync(webhook.Id(), all => all[0]["attempts"]!.AsArray().Count == 2);

        // It waits for 5 s now, unless it is sent by request.
        Volatile.Write(ref status, 200);
        var start = Stopwatch.StartNew();
        await client.SendAsync("POST", address).JsonAsync(HttpStatusCode.Accepted);
        var sent = Assert.Single(await client.WaitForDeliveriesAsync(webhook.Id(), all => all[0].Status() == "delivered"));
        Assert.InRange(start.Elapsed.TotalSeconds, 0, 4);
        Assert.Equal([200, 500, 200], sent["attempts"]!.AsArray().Select(attempt => (int)attempt!["code"]!));
        Assert.Single(receiver.All.Select(one => one.Id).Distinct());
    }

    [Fact]
    public async Task A_test_is_sent_at_the_time_of_the_request_even_if_the_webhook_is_inactive()
    {
        var status = 200;
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return context.Response.WriteAsync($"{new string('x', 2_000)}");
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url, "\"active\":false");

        var delivered = await client.SendAsync("POST", $"{WebhookServer.Webhooks}/{webhook.Id()}/test").JsonAsync();
        var received = Assert.Single(receiver.All);
        Assert.Equal(delivered.Id(), received.Id);
        Assert.True(received.IsSignedWith((string)webhook["secret"]!));
        Assert.Equal("""{"id":null,"version":null,"changed":[],"batch":null}""", received.Json["data"]!.ToJsonString());
        Assert.Equal(("webhook.test", "delivered"), (received.Type, delivered.Status()));
        Assert.Null(delivered["batchId"]);
        Assert.Equal(1_024, ((string)Assert.Single(delivered["attempts"]!.AsArray())!["response"]!).Length);

        Volatile.Write(ref status, 404);
        var failed = await client.SendAsync("POST", $"{WebhookServer.Webhooks}/{webhook.Id()}/test").JsonAsync();
        Assert.Equal("failed", failed.Status());
        Assert.Null(failed["nextAttemptAt"]);
        var deliveries = await client.DeliveriesAsync(webhook.Id());
        Http.AssertSame(failed, deliveries[0]);
        Http.AssertSame(delivered, deliveries[1]);
        Assert.False((bool)(await client.GetJsonAsync($"{WebhookServer.Webhooks}/{webhook.Id()}"))["active"]!);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var target = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = target.Url;
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);

        var delivery = await client.SendAsync("POST", $"{WebhookServer.Webhooks}/{webhook.Id()}/test").JsonAsync();

        var attempt = delivery["attempts"]![0]!;
        Assert.Equal((status, $"The response has the status {status}. Redirects are not followed."),
            ((int)attempt["code"]!, (string)attempt["error"]!));
        Assert.Empty(target.All);
    }

    [Fact]
    public async Task A_receiver_that_does_not_respond_or_responds_wrongly_has_failed()
    {
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        foreach (var (url, error) in ((string, string)[])
            [
                (receiver.Url, "The connection was closed without a response."),
                ("http://127.0.0.1:1/", "The connection was refused."),
                (receiver.Url.Replace("http:", "https:", StringComparison.Ordinal), "The TLS connection failed. Is the certificate valid?"),
                ("http://host.invalid/", "The name of the host cannot be resolved."),
            ])
        {
            var webhook = await client.CreateWebhookAsync(url);
            var delivery = await client.SendAsync("POST", $"{WebhookServer.Webhooks}/{webhook.Id()}/test").JsonAsync();
            Assert.Equal(error, (string?)delivery["attempts"]![0]!["error"]);
            Assert.Null(delivery["attempts"]![0]!["code"]);
        }
    }

    [Fact]
    public async Task For_a_day_after_a_rotation_both_secrets_sign()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await server.CreateClientAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Url);
        var address = $"{WebhookServer.Webhooks}/{webhook.Id()}";

        var rotated = await client.SendAsync("POST", $"{address}/rotate").JsonAsync();
        await client.CreateIdAsync("B-1");
        var received = Assert.Single(await receiver.WaitAsync(1));
        Assert.True(received.IsSignedWith((string)rotated["secret"]!) && received.IsSignedWith((string)webhook["secret"]!));
        Assert.Equal(2, received.Signature.Split(' ').Length);
        await client.SendAsync("POST", $"{address}/test").JsonAsync();
        received = (await receiver.WaitAsync(2))[1];
        Assert.True(received.IsSignedWith((string)rotated["secret"]!) && received.IsSignedWith((string)webhook["secret"]!));

        await server.ExecuteAsync($"UPDATE webhooks SET previous_secret_until = now() WHERE id = '{webhook.Id()}'");
        await client.CreateIdAsync("B-2");
        received = (await receiver.WaitAsync(3))[2];
        Assert.True(received.IsSignedWith((string)rotated["secret"]!));
        Assert.False(received.IsSignedWith((string)webhook["secret"]!));
    }

    [Fact]
    public async Task Events_arrive_within_two_seconds()
    {
        var seen = new ConcurrentDictionary<string, long>();
        await using var receiver = await Receiver.StartAsync((one, _) =>
        {
            seen.TryAdd((string)one.Json["data"]!["batch"]!["batchCode"]!, Stopwatch.GetTimestamp());
            return Task.CompletedTask;
        });
        using var client = await server.CreateClientAsync();
        await client.CreateWebhookAsync(receiver.Url);
        await client.CreateIdAsync("first");
        await receiver.WaitAsync(1);
        var sent = new Dictionary<string, long>();
        for (var i = 0; i < 20; i++)
        {
            sent[$"B-{i}"] = Stopwatch.GetTimestamp();
            await client.CreateIdAsync($"B-{i}");
            await Task.Delay(Random.Shared.Next(200), TestContext.Current.CancellationToken);
        }
        await receiver.WaitAsync(21);

        var lags = sent.Select(one => Stopwatch.GetElapsedTime(one.Value, seen[one.Key]).TotalSeconds).Order().ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"Median {lags[10]:0.00} s, p95 {lags[18]:0.00} s, maximum {lags[19]:0.00} s");
        Assert.InRange(lags[18], 0, 2);
    }

    [GeneratedRegex(@"^BatchesApi/\d+\.\d+\.\d+")]
    private static partial Regex UserAgent();
}
