using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>Cursors are stable while other clients write (specification, section 3).</summary>
public sealed class CursorStabilityTests(ApiServer server)
{
    [Theory]
    [InlineData("createdAt", "desc")]
    [InlineData("createdAt", "asc")]
    [InlineData("rating", "desc")]
    [InlineData("rating", "asc")]
    [InlineData("dueDate,rating", "asc,desc")]
    [InlineData("summary", "desc")]
    public async Task Unchanged_batches_are_listed_once_and_in_order_during_concurrent_writes(string sortBy, string order)
    {
        var account = ApiServer.NewAccountName();
        using var client = await server.CreateClientAsync(account: account);
        var batches = await FillAsync(account, 240);
        var changing = batches.Where((_, i) => i % 3 == 0).Select(batch => batch.Id).ToHashSet();
        var staying = batches.Where(batch => !changing.Contains(batch.Id)).ToList();
        var writers = new Writers(client, [.. changing]);

        var seen = new List<string>();
        var list = $"{Http.Batches}?sortBy={sortBy}&order={order}&fields=id&limit=7";
        for (var address = list; address is not null;)
        {
            Assert.True(seen.Count < 2_000, "The cursors do not end.");
            var reading = client.GetJsonAsync(address);
            await writers.WriteAsync();
            var page = await reading;
            var ids = page["data"]!.AsArray().Select(record => record!.Id()).ToList();
            seen.AddRange(ids);
            address = page["nextCursor"] is JsonValue cursor ? $"{list}&cursor={cursor}" : null;

            // The record before the next page is changed or deleted.
            if (address is not null && changing.Contains(ids[^1]))
                await writers.ChangeAsync(ids[^1]);
        }

        var stayed = staying.Select(batch => batch.Id).ToHashSet();
        Assert.Equal(Oracle.Sort(staying, sortBy, order), seen.Where(stayed.Contains));
        Assert.Equal(["create", "delete", "patch", "restore"], writers.Done.Keys.Order());
        Assert.All(writers.Done.Values, times => Assert.True(times > 10));
    }

    private async Task<IReadOnlyList<Batch>> FillAsync(string account, int count)
    {
        var owner = await server.AccountIdAsync(account);
        var (ids, random) = (server.Services.GetRequiredService<ObjectIdGenerator>(), new Random(count));
        var batches = Enumerable.Range(0, count).Select(i => ManyBatches.Make(owner, ids.Next(), i, random, deleted: false)).ToList();
        await using var connection = await server.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await BatchCopy.AddAsync(connection, batches);
        return batches;
    }

    /// <summary>Concurrent clients that create, change, delete and restore batches.</summary>
    /// <param name="client">The client that sends the requests.</param>
    /// <param name="ids">The batches that may be changed.</param>
    private sealed class Writers(HttpClient client, IReadOnlyList<string> ids)
    {
        private readonly Random _random = new(ids.Count);
        private readonly ConcurrentDictionary<string, int> _done = new();
        private readonly ConcurrentQueue<string> _deleted = new();
        private int _created;

        /// <summary>The number of writes by kind.</summary>
        public IReadOnlyDictionary<string, int> Done => _done;

        /// <summary>Performs some writes of every kind.</summary>
        public async Task WriteAsync()
        {
            var touched = Enumerable.Range(0, 4).Select(_ => ids[_random.Next(ids.Count)]).ToList();
            await Task.WhenAll(
                CreateAsync(), PatchAsync(touched[0]), PatchAsync(touched[1]), DeleteAsync(touched[2]), DeleteAsync(touched[3]),
                RestoreAsync());
        }

        /// <summary>Changes or deletes a batch.</summary>
        public Task ChangeAsync(string id) => _random.Next(2) == 0 ? PatchAsync(id) : DeleteAsync(id);

        private Task<bool> CreateAsync() => SendAsync(
            "create", "POST", Http.Batches, Http.Batch($"new {Interlocked.Increment(ref _created)}", Values()), HttpStatusCode.Created);

        private Task<bool> PatchAsync(string id) =>
            SendAsync("patch", "PATCH", $"{Http.Batches}/{id}", $"{{{Values()}}}", HttpStatusCode.OK);

        private async Task DeleteAsync(string id)
        {
            if (await SendAsync("delete", "DELETE", $"{Http.Deleted}/{id}", null, HttpStatusCode.NoContent))
                _deleted.Enqueue(id);
        }

        private async Task RestoreAsync()
        {
            if (_deleted.TryDequeue(out var id))
                await SendAsync("restore", "POST", $"{Http.Deleted}/{id}/restore", null, HttpStatusCode.OK);
        }

        /// <summary>Values that move a batch in every order.</summary>
        private string Values() =>
            $$"""
            "rating":{{(_random.Next(4) == 0 ? "null" : _random.Next(6))}},
            "dueDate":{{(_random.Next(4) == 0 ? "null" : $"\"2026-01-0{_random.Next(1, 7)}\"")}},
            "summary":{{(_random.Next(4) == 0 ? "null" : $"\"{(char)('a' + _random.Next(26))}\"")}}
            """;

        /// <summary>Sends a request that may be late: the batch may already be deleted or restored.</summary>
        private async Task<bool> SendAsync(string what, string method, string address, string? body, HttpStatusCode expected)
        {
            using var response = await client.SendAsync(method, address, body);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return false;
            Assert.Equal(expected, response.StatusCode);
            _done.AddOrUpdate(what, 1, (_, times) => times + 1);
            return true;
        }
    }
}
