using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>Writes batches, tracks their expected state, and continues when the server or the database is killed.</summary>
internal sealed class CrashWorker(HttpClient client, int number, int seed)
{
    private const string Batches = "/api/v2/batches";
    private const string Deleted = $"{Batches}/deleted";

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, JsonObject> _batches = [];
    private int _count;

    /// <summary>The number of acknowledged writes.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>The number of writes without a definite response.</summary>
    public int Unknown { get; private set; }

    /// <summary>Writes until canceled.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            _count++;
            if (_batches.Count == 0 || _random.Next(5) == 0)
                await CreateAsync(_random.Next(2) == 0 ? 1 : 5);
            else
                await ChangeAsync(_batches.Values.ElementAt(_random.Next(_batches.Count)));
        }
    }

    /// <summary>Compares the batches and their histories with their expected state.</summary>
    public async Task CheckAsync()
    {
        var codes = new List<string>();
        foreach (var path in (string[])[Batches, Deleted])
        {
            var list = $"{path}?fields=batchCode,batchCode:startsWith:w{number}-&limit=1000";
            for (var address = list; address is not null;)
            {
                var page = await GetAsync(address);
                codes.AddRange(page!["data"]!.AsArray().Select(batch => (string)batch!["batchCode"]!));
                address = page["nextCursor"] is { } cursor ? $"{list}&cursor={cursor}" : null;
            }
        }
        Assert.Equal(
            _batches.Values.Select(batch => (string)batch["batchCode"]!).Order(StringComparer.Ordinal),
            codes.Order(StringComparer.Ordinal));

        foreach (var (id, batch) in _batches)
        {
            AssertSame(batch, await GetAsync($"{(IsDeleted(batch) ? Deleted : Batches)}/{id}"));
            var history = (await GetAsync($"{Batches}/{id}/history?limit=1000"))!["data"]!.AsArray();
            Assert.Equal(Enumerable.Range(1, (int)batch["version"]!).Reverse(), history.Select(entry => (int)entry!["version"]!));
            var past = batch.DeepClone().AsObject();
            foreach (var entry in history)
            {
                foreach (var (name, change) in entry!["changes"]!.AsObject())
                {
                    AssertSame(past[name], change!["new"]);
                    past[name] = change["old"]?.DeepClone();
                }
            }
        }
    }

    /// <summary>Creates batches, and retries with the same idempotency key until there is a response.</summary>
    private async Task CreateAsync(int size)
    {
        var bodies = Enumerable.Range(0, size)
            .Select(i => $$"""{"batchCode":"w{{number}}-{{_count}}-{{i}}","batchType":"crash"}""").ToList();
        var body = size == 1 ? bodies[0] : $"[{string.Join(',', bodies)}]";
        while (true)
        {
            var (status, json) = await SendAsync("POST", Batches, body, ("Idempotency-Key", $"w{number}-{_count}"));
            if (status is null or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError)
            {
                Unknown++;
                await Task.Delay(50, TestContext.Current.CancellationToken);
                continue;
            }
            Assert.Equal(HttpStatusCode.Created, status);
            Acknowledged++;
            foreach (var batch in json is JsonArray several ? [.. several] : new[] { json })
                _batches.Add((string)batch!["id"]!, batch.AsObject());
            return;
        }
    }

    /// <summary>Changes a batch. Without a response it must be unchanged or completely changed.</summary>
    private async Task ChangeAsync(JsonObject batch)
    {
        var (id, version) = ((string)batch["id"]!, (int)batch["version"]!);
        var expected = batch.DeepClone().AsObject();
        expected["version"] = version + 1;
        string method, address;
        string? body = null;
        if (IsDeleted(batch))
        {
            (method, address) = ("POST", $"{Deleted}/{id}/restore");
            expected.Remove("deletedAt");
        }
        else if (_random.Next(6) == 0)
        {
            (method, address) = ("DELETE", $"{Deleted}/{id}");
            expected["deletedAt"] = "";
        }
        else
        {
            (method, address) = ("PATCH", $"{Batches}/{id}");
            (expected["notes"], expected["assignee"], expected["rating"]) =
                ($"notes {_count}", $"assignee {_count}", (int?)batch["rating"] == 1 ? 2 : 1);
            body = $$"""{"notes":"notes {{_count}}","assignee":"assignee {{_count}}","rating":{{expected["rating"]}}}""";
        }

        var (status, json) = await SendAsync(
            method, address, body, ("If-Match", string.Create(CultureInfo.InvariantCulture, $"\"{version}\"")));
        var isKnown = status is >= HttpStatusCode.OK and < HttpStatusCode.InternalServerError;
        if (isKnown)
            Assert.Equal(method == "DELETE" ? HttpStatusCode.NoContent : HttpStatusCode.OK, status);
        (Acknowledged, Unknown) = isKnown ? (Acknowledged + 1, Unknown) : (Acknowledged, Unknown + 1);

        var actual = json as JsonObject is { } response && isKnown
            ? response
            : await GetAsync($"{(IsDeleted(expected) ? Deleted : Batches)}/{id}")
                ?? await GetAsync($"{(IsDeleted(batch) ? Deleted : Batches)}/{id}");
        if (!isKnown && (int)actual!["version"]! == version)
        {
            AssertSame(batch, actual);
            return;
        }
        expected["updatedAt"] = actual!["updatedAt"]!.DeepClone();
        if (IsDeleted(expected))
            expected["deletedAt"] = actual["deletedAt"]!.DeepClone();
        AssertSame(expected, actual);
        _batches[id] = actual;
    }

    /// <summary>Retries until there is a response; null if the batch does not exist.</summary>
    private async Task<JsonObject?> GetAsync(string address)
    {
        while (true)
        {
            var (status, json) = await SendAsync("GET", address);
            if (status is HttpStatusCode.OK)
                return json!.AsObject();
            if (status is HttpStatusCode.NotFound)
                return null;
            Assert.True(status is null or >= HttpStatusCode.InternalServerError, $"{address}: {status}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private async Task<(HttpStatusCode? Status, JsonNode? Json)> SendAsync(
        string method, string address, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException
            && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return (null, null);
        }
    }

    private static bool IsDeleted(JsonObject batch) => batch.ContainsKey("deletedAt");

    /// <summary>Compares JSON regardless of the order of members.</summary>
    private static void AssertSame(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"Expected {expected?.ToJsonString()}\nbut was  {actual?.ToJsonString()}");
}
