using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>Writers that create, change, delete and restore batches, one and many in a request, and record what was begun and what was
/// acknowledged.</summary>
internal sealed class BackupLoad : IAsyncDisposable
{
    private const string Batches = "/api/v2/batches";

    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _begun = [];
    private readonly Dictionary<string, int> _acknowledged = [];
    private readonly Dictionary<string, int> _changes = [];
    private readonly List<Replay> _replays = [];
    private readonly Task _writers;
    private int _count;

    private BackupLoad(HttpClient[] clients) =>
        _writers = Task.WhenAll(clients.Select((client, number) => Task.Run(() => new Writer(this, client, number).RunAsync(_end.Token))));

    /// <summary>A create with an idempotency key, and its response.</summary>
    internal sealed record Replay(HttpClient Client, string Key, string Body, JsonNode Response);

    /// <summary>A moment of the load.</summary>
    /// <param name="Begun">The version of each batch that a request may have made, by its code.</param>
    /// <param name="Acknowledged">The version of each batch that was acknowledged.</param>
    /// <param name="Replays">The creates with idempotency keys.</param>
    internal sealed record Moment(Dictionary<string, int> Begun, Dictionary<string, int> Acknowledged, List<Replay> Replays);

    /// <summary>The number of batches of each acknowledged change of many batches.</summary>
    public IReadOnlyDictionary<string, int> Changes => _changes;

    /// <summary>Starts a writer with each client.</summary>
    public static BackupLoad Start(params HttpClient[] clients) => new(clients);

    public Moment Now()
    {
        lock (_lock)
            return new Moment(new(_begun), new(_acknowledged), [.. _replays]);
    }

    /// <summary>Waits for a number of further writes.</summary>
    public async Task WaitForAsync(int writes)
    {
        var target = Volatile.Read(ref _count) + writes;
        for (var waiting = Stopwatch.StartNew(); Volatile.Read(ref _count) < target; await Task.Delay(10, CancellationToken.None))
        {
            if (_writers.IsCompleted)
                await _writers;
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), "The load is slow.");
        }
    }

    /// <summary>Ends the load. Every request gets its response.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _writers;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    /// <summary>A writer, which changes only its own batches.</summary>
    private sealed class Writer(BackupLoad load, HttpClient client, int number)
    {
        private readonly Random _random = new(number);
        private readonly Dictionary<string, (string Id, int Version, bool IsDeleted)> _batches = [];
        private int _count;

        private string Type => $"writer{number}";

        public async Task RunAsync(CancellationToken end)
        {
            for (var n = 0; !end.IsCancellationRequested; n++)
            {
                var active = _batches.Where(batch => !batch.Value.IsDeleted).Select(batch => batch.Key).ToList();
                var deleted = _batches.Keys.Except(active).ToList();
                var (one, gone) = (Any(active), Any(deleted));
                await (active.Count < 3 ? CreateManyAsync() : (n % 8, deleted.Count > 1) switch
                {
                    (0, _) => CreateAsync(),
                    (1, _) => CreateManyAsync(),
                    (2, _) => ChangeAsync("bulk/update", active, $$"""{"where":{"batchType":"{{Type}}"},"set":{"notes":"many {{n}}"} }"""),
                    (3, _) => ChangeAsync("bulk/delete", [.. active.Take(2)], Ids(active.Take(2)), isDeleted: true),
                    (4, true) => ChangeAsync("bulk/restore", [.. deleted.Take(2)], Ids(deleted.Take(2))),
                    (5, _) => SendAsync("POST", "claim", $$$"""{"where":{"batchType":"{{{Type}}}"},"for":"1h"}"""),
                    (6, _) => ChangeAsync($"deleted/{_batches[one].Id}", [one], null, isDeleted: true, "DELETE"),
                    (7, true) => ChangeAsync($"deleted/{_batches[gone].Id}/restore", [gone], null),
                    _ => ChangeAsync(
                        _batches[one].Id, [one], $$"""{"summary":"one {{n}}","leadIds":{"add":["lead-{{n}}"]} }""", method: "PATCH"),
                });
                Interlocked.Increment(ref load._count);
            }
        }

        private string Any(List<string> codes) => codes.Count == 0 ? "" : codes[_random.Next(codes.Count)];

        private string Ids(IEnumerable<string> codes) =>
            $$"""{"ids":[{{string.Join(',', codes.Select(code => $"\"{_batches[code].Id}\""))}}]}""";

        private async Task CreateAsync()
        {
            var (code, key) = (NewCode(), $"key {number} {_count}");
            Begin(code, 1);
            var body = $$"""{"batchCode":"{{code}}","batchType":"{{Type}}","notes":"東京 {{_random.Next()}}"}""";
            var created = await SendAsync("POST", "", body, key);
            Acknowledge(created);
            lock (load._lock)
                load._replays.Add(new Replay(client, key, body, created));
        }

        private async Task CreateManyAsync()
        {
            var codes = Enumerable.Range(0, 4).Select(_ => NewCode()).ToList();
            codes.ForEach(code => Begin(code, 1));
            var body = $"[{string.Join(',', codes.Select(code => $$"""{"batchCode":"{{code}}","batchType":"{{Type}}"}"""))}]";
            var result = await SendAsync("POST", "bulk/create", body);
            foreach (var created in result["data"]!.AsArray())
                Acknowledge(created!);
            Record(result, "created", codes.Count);
        }

        /// <summary>Makes the next version of some batches.</summary>
        private async Task ChangeAsync(string path, List<string> codes, string? body, bool isDeleted = false, string method = "POST")
        {
            codes.ForEach(code => Begin(code, _batches[code].Version + 1));
            var result = await SendAsync(method, path, body);
            foreach (var code in codes)
            {
                _batches[code] = (_batches[code].Id, _batches[code].Version + 1, isDeleted);
                Acknowledge(code, _batches[code].Version);
            }
            if (path.StartsWith("bulk/", StringComparison.Ordinal))
                Record(result, "changed", codes.Count);
        }

        private string NewCode() => string.Create(CultureInfo.InvariantCulture, $"{Type}-{++_count}");

        private void Begin(string code, int version)
        {
            lock (load._lock)
                load._begun[code] = version;
        }

        private void Acknowledge(JsonNode batch)
        {
            var code = (string)batch["batchCode"]!;
            _batches[code] = ((string)batch["id"]!, (int)batch["version"]!, IsDeleted: false);
            Acknowledge(code, _batches[code].Version);
        }

        private void Acknowledge(string code, int version)
        {
            lock (load._lock)
                load._acknowledged[code] = version;
        }

        private void Record(JsonNode result, string member, int expected)
        {
            Assert.Equal(expected, (int)result[member]!);
            lock (load._lock)
                load._changes.Add((string)result["changeId"]!, expected);
        }

        private async Task<JsonNode> SendAsync(string method, string path, string? body, string? key = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"{Batches}/{path}".TrimEnd('/'));
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, $"{method} {path} {body}: {text}");
            return response.StatusCode == HttpStatusCode.NoContent ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }
}
