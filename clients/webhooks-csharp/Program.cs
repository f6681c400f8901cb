using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

var webhook = new StandardWebhook(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!);
var seen = new ConcurrentDictionary<string, bool>();
var oldest = new ConcurrentQueue<string>();
var app = WebApplication.CreateSlimBuilder(args).Build();

app.MapPost("/hooks", async (HttpRequest request) =>
{
    // Verify the text that arrived. JSON that is parsed and written again has other bytes.
    using var reader = new StreamReader(request.Body);
    var body = await reader.ReadToEndAsync();
    if (!IsSigned(body, request.Headers))
        return Results.Unauthorized();

    // An event can arrive more than once, each time with this id. Keep the ids in a database, with what the event changes: an id that is
    // kept before the event is handled would lose the event if that fails.
    var id = request.Headers["webhook-id"].ToString();
    if (!seen.ContainsKey(id))
    {
        var message = JsonNode.Parse(body)!;
        Console.WriteLine($"received {message["type"]} {message["data"]!["id"]} {message["data"]!["version"]}");
        Remember(id);
    }
    return Results.NoContent();
});

app.Run($"http://127.0.0.1:{Environment.GetEnvironmentVariable("PORT") ?? "8000"}");

void Remember(string id)
{
    const int max = 10_000;
    if (seen.TryAdd(id, true))
        oldest.Enqueue(id);
    if (oldest.Count > max && oldest.TryDequeue(out var forgotten))
        seen.TryRemove(forgotten, out _);
}

// For 24 hours after a rotation there are two signatures. The library checks the first one only.
bool IsSigned(string body, IHeaderDictionary headers)
{
    foreach (var signature in headers["webhook-signature"].ToString().Split(' '))
    {
        var one = new HeaderDictionary
        {
            ["webhook-id"] = headers["webhook-id"],
            ["webhook-timestamp"] = headers["webhook-timestamp"],
            ["webhook-signature"] = signature,
        };
        try
        {
            webhook.Verify(body, one);
            return true;
        }
        catch (WebhookVerificationException)
        {
        }
    }
    return false;
}
