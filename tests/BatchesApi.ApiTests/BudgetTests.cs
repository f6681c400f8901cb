using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;

namespace BatchesApi.ApiTests;

/// <summary>Runs alone, because allocations are counted for the entire process.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

/// <summary>Budgets of operations: round trips, statements and allocations, which do not depend on the machine.</summary>
[Collection<Alone>]
public sealed class BudgetTests(ApiServer given)
{
    /// <summary>The number of requests until statements are prepared and caches are filled.</summary>
    private const int WarmUp = 8;

    private const int Measured = 9;

    /// <summary>The round trips to PostgreSQL and the statements of each operation.</summary>
    [Fact]
    public async Task Operations_need_the_minimum_of_round_trips_to_PostgreSQL()
    {
        await using var proxy = new PostgresProxy(given.ConnectionString);
        await using var server = await SeparateServer.StartAsync(given, proxy.Settings);
        using var client = server.CreateClient((await server.CreateAccountAsync("counted")).Key);
        var id = await client.CreateIdAsync();
        var costs = new List<string>();
        async Task MeasureAsync(string operation, Func<Task<HttpRequestMessage>> make)
        {
            var taken = new List<(int, int)>();
            for (var i = 0; i < WarmUp + Measured; i++)
            {
                using var request = await make();
                proxy.Take();
                using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.True(
                    response.IsSuccessStatusCode,
                    $"{operation}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
                taken.Add(proxy.Take());
            }

            // The caller is looked up again when its cache entry expires.
            var (roundTrips, statements) = taken.Skip(WarmUp).GroupBy(cost => cost).MaxBy(group => group.Count())!.Key;
            costs.Add($"{operation}: {roundTrips}, {statements}");
        }

        Task MeasureGetAsync(string operation, string query) =>
            MeasureAsync(operation, () => Task.FromResult(new HttpRequestMessage(HttpMethod.Get, $"{Http.Batches}{query}")));
        Task<HttpRequestMessage> Send(HttpMethod method, string address, object? body = null, string? idempotencyKey = null)
        {
            var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
            if (idempotencyKey is not null)
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            return Task.FromResult(request);
        }

        object Batch() => new { batchCode = Guid.NewGuid().ToString(), batchType = "audit" };
        await MeasureGetAsync("retrieve", $"/{id}");
        await MeasureGetAsync("list", "?count=none");
        await MeasureGetAsync("list with its count", "?limit=1");
        await MeasureGetAsync("list of one assignee by time", "?count=none&fields=assignee:amy");
        await MeasureGetAsync("list by a condition that no index has", "?count=none&fields=rating:gte:1");
        await MeasureGetAsync("search at the head", "?count=none&q=audit");
        await MeasureGetAsync("groups", "/groups?by=assignee");
        await MeasureGetAsync("groups of some batches", "/groups?by=rating&fields=assignee:amy");
        await MeasureGetAsync("history", $"/{id}/history?limit=1");
        await MeasureAsync("create", () => Send(HttpMethod.Post, Http.Batches, Batch()));
        await MeasureAsync("create several", () => Send(HttpMethod.Post, Http.Batches, new[] { Batch(), Batch() }));
        await MeasureAsync("create once", () => Send(HttpMethod.Post, Http.Batches, Batch(), Guid.NewGuid().ToString()));
        var rating = 0;
        await MeasureAsync("update", () => Send(HttpMethod.Put, $"{Http.Batches}/{id}", Batch()));
        await MeasureAsync("update softly", () => Send(HttpMethod.Patch, $"{Http.Batches}/{id}", new { rating = ++rating % 6 }));
        await MeasureAsync(
            "delete", async () => await Send(HttpMethod.Delete, $"{Http.Deleted}/{await client.CreateIdAsync(Guid.NewGuid().ToString())}"));
        await MeasureAsync("restore", async () =>
            await Send(HttpMethod.Post, $"{Http.Deleted}/{await client.CreateDeletedIdAsync(Guid.NewGuid().ToString())}/restore"));

        Assert.Equal(
            """
            retrieve: 1, 1
            list: 1, 1
            list with its count: 1, 2
            list of one assignee by time: 1, 1
            list by a condition that no index has: 1, 2
            search at the head: 1, 2
            groups: 1, 2
            groups of some batches: 1, 2
            history: 2, 5
            create: 1, 1
            create several: 1, 1
            create once: 4, 9
            update: 1, 1
            update softly: 1, 1
            delete: 1, 1
            restore: 1, 1
            """.ReplaceLineEndings("\n"),
            string.Join('\n', costs));
    }

    /// <summary>The maximum bytes that requests on hot paths allocate, including the client, in a debug build. A release build allocates
    /// less.</summary>
    [Theory]
    [InlineData("retrieve", 9_000)]
    [InlineData("list", 42_000)]
    [InlineData("update softly", 19_000)]
    public async Task Requests_stay_within_their_allocation_budget(string operation, int max)
    {
        const int Requests = 1_000;
        await using var server = await SeparateServer.StartAsync(given);
        var (_, key) = await server.CreateAccountAsync("allocating");
        using var client = server.CreateClient(key);
        var id = "";
        for (var i = 0; i < 20; i++)
        {
            id = (await client.CreateAsync(Http.Batch($"B-{i}", """ "notes":"Call before noon.","leadIds":["one","two"] """))).Id();
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        var buffer = new byte[256 * 1024];
        var body = operation == "update softly" ? """{"rating":3}""" : "";
        var (method, target) = operation switch
        {
            "retrieve" => ("GET", $"{Http.Batches}/{id}"),
            "list" => ("GET", $"{Http.Batches}?count=none"),
            _ => ("PATCH", $"{Http.Batches}/{id}"),
        };
        var request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{method} {target} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n{body}"));
        var length = 0;
        void SendRequest()
        {
            socket.Send(request);
            for (var received = 0; received < length || length == 0;)
            {
                received += socket.Receive(buffer, received, buffer.Length - received, SocketFlags.None);
                if (length == 0 && !IsComplete(buffer.AsSpan(0, received)))
                    continue;
                length = length == 0 ? received : length;
            }
        }

        SendRequest();
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, 12), StringComparison.Ordinal);
        for (var i = 0; i < Requests; i++)
            SendRequest();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
            SendRequest();
        var perRequest = (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
        Assert.InRange(perRequest, max / 3, max);
    }

    /// <summary>Whether a response, of known length or chunked, is complete.</summary>
    private static bool IsComplete(ReadOnlySpan<byte> response)
    {
        var head = response.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var length = response[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
            return response.EndsWith("\r\n0\r\n\r\n"u8);
        var text = response[(length + "Content-Length: ".Length)..];
        return response.Length == head + 4 + int.Parse(text[..text.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
