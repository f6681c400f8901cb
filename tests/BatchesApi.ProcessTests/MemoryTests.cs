using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>Large pages and bodies do not exhaust memory (specification, section 6, "Isolation").</summary>
public sealed class MemoryTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";

    /// <summary>256 MiB of heap, as in a small container.</summary>
    private const string HeapLimit = "0x10000000";

    private const double MaxMegabytes = 450;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_large_pages_and_bodies_keep_memory_flat()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", database), ("RateLimits__Enabled", "false"), ("DOTNET_GCHeapHardLimit", HeapLimit));
        using var client = server.CreateClient(key);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => CreateAsync(client, i)));
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Created, status));

        var megabytes = new List<double>();
        for (var round = 0; round < 6; round++)
        {
            var pages = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => GetPageAsync(client, limit: i % 2 == 0 ? 1_000 : 2)));
            Assert.All(pages, page => Assert.Equal(page.Limit == 2 ? "2 records" : "page_too_large", page.Result));
            using var process = Process.GetProcessById(server.ProcessId);
            megabytes.Add(process.WorkingSet64 / 1e6);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"RSS in MB: {string.Join(", ", megabytes.Select(value => value.ToString("0", CultureInfo.InvariantCulture)))}");
        Assert.InRange(megabytes.Max(), 0, MaxMegabytes);
        Assert.InRange(megabytes[^1], 0, megabytes[1] * 1.2);
        Assert.DoesNotContain("OutOfMemory", server.Output, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> CreateAsync(HttpClient client, int number)
    {
        // In the JSON of the server each of these characters takes 12 bytes.
        static string Ids(char kind) =>
            string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"{string.Concat(Enumerable.Repeat("😀", 58))}{kind}{i:D4}\""));
        var notes = string.Concat(Enumerable.Repeat("😀", 10_000));
        var json = $$"""{"batchCode":"B-{{number}}","batchType":"large","notes":"{{notes}}","leadIds":[{{Ids('l')}}]"""
            + $$""","opportunityIds":[{{Ids('o')}}]}""";
        while (true)
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(Batches, body, Cancellation);

            // On a slow machine, PostgreSQL needs longer for so many of them than the server waits.
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                return response.StatusCode;
        }
    }

    private static async Task<(int Limit, string Result)> GetPageAsync(HttpClient client, int limit)
    {
        using var response = await client.GetAsync($"{Batches}?limit={limit}", Cancellation);
        var page = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
        return (limit, response.IsSuccessStatusCode ? $"{page["data"]!.AsArray().Count} records" : (string)page["code"]!);
    }
}
