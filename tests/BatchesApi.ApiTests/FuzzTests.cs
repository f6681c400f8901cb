using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Random requests: the server never fails, and every error is a problem. <c>BATCHES_FUZZ_SEED</c> sets another seed; a request
/// depends on the seed and its number, except for the ids of batches. <c>BATCHES_FUZZ_CASES</c> sets the number of requests.</summary>
public sealed class FuzzTests(ApiServer server)
{
    private static readonly int Requests = int.Parse(
        Environment.GetEnvironmentVariable("BATCHES_FUZZ_CASES") ?? "3000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Random_requests_never_fail_without_a_problem()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("BATCHES_FUZZ_SEED") ?? "20261123", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}");
        var (_, key) = await server.CreateKeyAsync();
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = server.Address };
        var ids = new ConcurrentBag<string> { TestRoutes.UnknownId };
        var statuses = new ConcurrentDictionary<int, int>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Requests),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (number, cancellation) =>
            {
                using var request = new FuzzRequest(new Random(unchecked(seed + (number * 0x1E3779B1))), [.. ids], key).Make();
                var description = $"Request {number} of seed {seed}: {request}";
                try
                {
                    using var response = await client.SendAsync(request, cancellation);
                    var text = await response.Content.ReadAsStringAsync(cancellation);
                    var status = (int)response.StatusCode;
                    statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
                    Assert.True(status is >= 200 and < 300 or >= 400 and < 500, text);
                    if (request.Method == HttpMethod.Head || status == 204)
                        Assert.Empty(text);
                    else if (status >= 400)
                        response.Problem(text);
                    else if ((string?)JsonNode.Parse(text)!["id"] is { } id)
                        ids.Add(id);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    throw new InvalidOperationException(description, exception);
                }
            });

        // A seed that reaches few routes and statuses proves little.
        Assert.All((int[])[200, 201, 204, 400, 401, 404, 405, 406, 409, 415], status => Assert.Contains(status, statuses.Keys));
    }
}
