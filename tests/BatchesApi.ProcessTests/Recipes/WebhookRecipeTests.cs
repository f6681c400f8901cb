using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests.Recipes;

/// <summary>Runs the receivers of events in <c>clients</c> as their pages say.</summary>
public sealed class WebhookRecipeTests(Databases databases)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("webhooks-csharp")]
    [InlineData("webhooks-typescript")]
    public async Task The_receiver_verifies_events_and_handles_each_once(string recipe)
    {
        var database = await databases.CreateWithAccountsAsync();
        var (_, key, _) = await BatchesProcess.RunAsync(
            database, "keys", "create", "--account", "acme", "--name", "admin", "--scope", "admin");
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("Webhooks__AllowPrivate", "true"));
        using var client = server.CreateClient(key.Trim());
        var url = $"http://127.0.0.1:{Ports.FindFree()}/hooks";
        var webhook = await PostAsync(client, "/api/v2/webhooks", new { url, active = false });
        var address = $"/api/v2/webhooks/{webhook["id"]}";

        using var receiver = Start(recipe, url, (string)webhook["secret"]!);
        var output = Read(receiver);
        try
        {
            await WaitUntilListeningAsync(url, output);
            await client.PatchAsJsonAsync(address, new { active = true }, Cancellation);

            // The receiver still has the secret before this one.
            await PostAsync(client, $"{address}/rotate", new { });
            var batch = await PostAsync(client, "/api/v2/batches", new { batchCode = "é 東京", batchType = "renewal" });
            await WaitForAsync(output, $"received batch.created {batch["id"]} 1");

            // The same event again, and one with another signature.
            var deliveries = JsonNode.Parse(await client.GetStringAsync($"{address}/deliveries", Cancellation))!["data"]!.AsArray();
            await PostAsync(client, $"{address}/deliveries/{deliveries[0]!["id"]}/retry", new { });
            await client.PatchAsJsonAsync($"/api/v2/batches/{batch["id"]}", new { rating = 4 }, Cancellation);
            await WaitForAsync(output, $"received batch.updated {batch["id"]} 2");
            Assert.Equal(HttpStatusCode.Unauthorized, await ForgeAsync(url));
            Assert.Equal(2, output.Count(line => line.StartsWith("received ", StringComparison.Ordinal)));
        }
        finally
        {
            receiver.Kill(entireProcessTree: true);
            await receiver.WaitForExitAsync(Cancellation);
        }
    }

    private static Process Start(string recipe, string url, string secret)
    {
        var start = ClientPage.CreateStart(recipe);
        start.Environment["PORT"] = new Uri(url).Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["WEBHOOK_SECRET"] = secret;
        return Process.Start(start)!;
    }

    private static ConcurrentQueue<string> Read(Process process)
    {
        var lines = new ConcurrentQueue<string>();
        process.OutputDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return lines;
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task WaitForAsync(ConcurrentQueue<string> output, string line)
    {
        for (var waiting = Stopwatch.StartNew(); !output.Contains(line); await Task.Delay(50, Cancellation))
            Assert.True(waiting.Elapsed < Timeout, $"'{line}' is missing:\n{string.Join('\n', output)}");
    }

    private static async Task WaitUntilListeningAsync(string url, ConcurrentQueue<string> output)
    {
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(100, Cancellation))
        {
            Assert.True(waiting.Elapsed < Timeout, string.Join('\n', output));
            try
            {
                Assert.Equal(HttpStatusCode.Unauthorized, await ForgeAsync(url));
                return;
            }
            catch (HttpRequestException)
            {
                // The receiver is being built, or starts.
            }
        }
    }

    private static async Task<HttpStatusCode> ForgeAsync(string url)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new StringContent("""{"type":"batch.created"}""", Encoding.UTF8, "application/json");
        request.Headers.Add("webhook-id", "63a5b84c53e1218321c55572");
        request.Headers.Add("webhook-timestamp", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        using var response = await client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
