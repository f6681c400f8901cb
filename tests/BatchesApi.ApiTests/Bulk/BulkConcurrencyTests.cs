using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Concurrent writes of the same batches (specification, section 8).</summary>
public sealed class BulkConcurrencyTests(ApiServer server) : AccountTest(server)
{
    private const int Count = 200;
    private const int Workers = 8;
    private const int WritesOfWorker = 24;

    /// <summary>The number of changed batches by the id of the change, for changes that may be undone.</summary>
    private readonly ConcurrentDictionary<string, int> _changed = new();

    /// <summary>The same for changes that are not undone.</summary>
    private readonly ConcurrentDictionary<string, int> _kept = new();

    /// <summary>The ids that were added to the array of a batch.</summary>
    private readonly ConcurrentBag<(string Id, string LeadId)> _added = [];

    private readonly ConcurrentDictionary<string, int> _statuses = new();

    private string[] _ids = [];

    [Fact]
    public async Task Concurrent_writes_of_the_same_batches_lose_nothing_and_fail_only_for_conflicts()
    {
        var created = await Client.SendAsync("POST", $"{Http.Batches}/bulk/create", Items(Enumerable.Range(0, Count), "0")).JsonAsync();
        _kept[(string)created["changeId"]!] = Count;
        _ids = [.. created["data"]!.AsArray().Select(batch => batch!.Id())];

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < WritesOfWorker; i++)
                await WriteAsync(random, $"{worker}-{i}");
        })));

        foreach (var (status, count) in _statuses.OrderBy(status => status.Key, StringComparer.Ordinal))
            TestContext.Current.TestOutputHelper?.WriteLine($"{status}: {count}");
        var batches = new Dictionary<string, JsonObject>();
        foreach (var address in (string[])[Http.Batches, Http.Deleted])
        {
            foreach (var batch in await Client.ListAsync($"{address}?limit=1000"))
                batches.Add(batch!.Id(), batch!.AsObject());
        }
        var recorded = new Dictionary<string, int>();
        foreach (var (id, batch) in batches)
        {
            foreach (var changeId in await AssertHistoryAsync(id, batch))
                recorded[changeId] = recorded.GetValueOrDefault(changeId) + 1;
        }
        Assert.Equal(_changed.Concat(_kept).OrderBy(change => change.Key), recorded.OrderBy(change => change.Key));
        foreach (var (id, leadId) in _added)
            Assert.Single(batches[id]["leadIds"]!.AsArray(), item => (string?)item == leadId);
        Assert.NotEmpty(_added);
        await SearchParts.AssertEqualAsync(Server, Account);
        foreach (var write in (string[])["update", "where", "delete", "restore", "undo", "upsert", "add", "patch"])
            Assert.Contains(_statuses, status => status.Key.StartsWith($"{write} 20", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Concurrent_bulk_creates_of_the_same_codes_in_different_orders_create_each_once()
    {
        const int Codes = 100;
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
        {
            var codes = Enumerable.Range(0, Codes).ToArray();
            new Random(i).Shuffle(codes);
            return Client.SendAsync("POST", $"{Http.Batches}/bulk/create?onConflict=update", Items(codes, $"{i}")).JsonAsync();
        }));

        Assert.Equal(Codes, responses.Sum(response => (int)response["created"]!));
        Assert.All(responses, response => Assert.Equal(
            Codes, (int)response["created"]! + (int)response["updated"]! + (int)response["unchanged"]!));
        var batches = await Client.ListAsync($"{Http.Batches}?limit=1000");
        Assert.Equal(Codes, batches.Select(batch => (string)batch!["batchCode"]!).Distinct().Count());
        Assert.Equal(Codes, batches.Count);
        Assert.Equal(
            responses.Sum(response => (int)response["created"]! + (int)response["updated"]!),
            batches.Sum(batch => (int)batch!["version"]!));

        // The updates of a request are committed together.
        Assert.Single(batches.Select(batch => (string?)batch!["summary"]).Distinct());
    }

    private async Task WriteAsync(Random random, string name)
    {
        var changeIds = _changed.Keys.Order(StringComparer.Ordinal).TakeLast(8).ToArray();
        var some = random.GetItems(_ids, random.Next(1, 12)).Distinct().ToArray();
        var ids = JsonSerializer.Serialize(some);
        var leadId = $"lead-{name}";
        switch (random.Next(11))
        {
            case 0 or 1:
                var set = $$"""{"assignee":"a-{{name}}","rating":{{random.Next(6)}}}""";
                await BulkAsync("update", "update", $$"""{"ids":{{ids}},"set":{{set}}}""");
                break;
            case 2:
                var (from, to) = (random.Next(6), random.Next(6));
                await BulkAsync("where", "update", $$$$"""{"where":{"rating":{{{{from}}}}},"set":{"rating":{{{{to}}}}}}""");
                break;
            case 3:
                await BulkAsync("delete", "delete", random.Next(4) > 0 ? $$"""{"ids":{{ids}}}""" : """{"where":{"rating":5},"q":"B-1"}""");
                break;
            case 4:
                var chosen = JsonSerializer.Serialize(Enumerable.Range(0, 20).Select(_ => $"B-{random.Next(Count)}"));
                await BulkAsync("restore", "restore", $$$$"""{"where":{"batchCode":{"$in":{{{{chosen}}}}}}}""");
                break;
            case 5 or 6 when changeIds.Length > 0:
                await BulkAsync("undo", $"{changeIds[random.Next(changeIds.Length)]}/undo", null);
                break;
            case 7:
                var codes = Enumerable.Range(Count - 20, 40).ToArray();
                random.Shuffle(codes);
                await BulkAsync("upsert", "create?onConflict=update", Items(codes[..20], name));
                break;
            case 8:
                // The change is not undone, so that the ids stay.
                var add = $$$$"""{"leadIds":{"add":["{{{{leadId}}}}"]}}""";
                if (await BulkAsync("add", "update", $$"""{"ids":{{ids}},"set":{{add}}}""", isUndone: false))
                    Array.ForEach(some, id => _added.Add((id, leadId)));
                break;
            default:
                foreach (var id in some[..Math.Min(some.Length, 8)])
                {
                    if (await SendAsync("patch", "PATCH", $"/{id}", $$$$"""{"leadIds":{"add":["{{{{leadId}}}}"]}}""") is not null)
                        _added.Add((id, leadId));
                }
                break;
        }
    }

    /// <summary>Sends a bulk write, and keeps its numbers.</summary>
    /// <returns>Whether it succeeded.</returns>
    private async Task<bool> BulkAsync(string write, string path, string? body, bool isUndone = true)
    {
        if (await SendAsync(write, "POST", $"/bulk/{path}", body) is not { } result)
            return false;
        var changed = (int?)result["changed"] ?? (int)result["created"]! + (int)result["updated"]!;
        Assert.Equal(changed == 0, result["changeId"] is null);
        if (result["matched"] is { } matched && write != "undo")
            Assert.Equal((int)matched, changed + (int)result["unchanged"]!);
        if (changed > 0)
            (isUndone ? _changed : _kept)[(string)result["changeId"]!] = changed;
        return true;
    }

    private async Task<JsonObject?> SendAsync(string write, string method, string path, string? body)
    {
        using var response = await Client.SendAsync(method, $"{Http.Batches}{path}", body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(
            response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.Conflict,
            $"{write} is {(int)response.StatusCode}: {text}");
        _statuses.AddOrUpdate($"{write} {(int)response.StatusCode}", 1, (_, count) => count + 1);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)!.AsObject() : null;
    }

    /// <summary>Checks that the history has every version, that each change begins with the values that the one before it left, and that
    /// the last one leaves those of the batch.</summary>
    /// <returns>The ids of the bulk changes in it.</returns>
    private async Task<IReadOnlyList<string>> AssertHistoryAsync(string id, JsonObject batch)
    {
        var entries = (await Client.ListAsync($"{Http.Batches}/{id}/history?limit=1000")).Reverse().ToList();
        Assert.Equal(Enumerable.Range(1, (int)batch["version"]!), entries.Select(entry => (int)entry!["version"]!));
        var values = new Dictionary<string, string?>();
        foreach (var (name, change) in entries.SelectMany(entry => entry!["changes"]!.AsObject()))
        {
            Assert.Equal(values.GetValueOrDefault(name), change!["old"]?.ToJsonString());
            values[name] = change["new"]?.ToJsonString();
        }
        foreach (var (name, value) in values)
            Assert.Equal(value, batch[name]?.ToJsonString());
        var times = entries.Select(entry => (DateTime)entry!["at"]!).ToList();
        Assert.Equal(times.Order(), times);
        return [.. entries.Select(entry => (string?)entry!["changeId"]).OfType<string>()];
    }

    private static string Items(IEnumerable<int> codes, string summary) =>
        $"[{string.Join(',', codes.Select(code => Http.Batch($"B-{code}", $"\"summary\":\"{summary}\",\"rating\":{code % 6}")))}]";
}
