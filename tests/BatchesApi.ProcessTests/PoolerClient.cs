using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>Sends requests of every kind and reports unexpected responses.</summary>
internal sealed class PoolerClient(HttpClient client, int number)
{
    public const string Batches = "/api/v2/batches";

    /// <summary>The number of kinds of requests; that number 7 deletes a batch.</summary>
    public const int Steps = 14;

    private const string Deleted = $"{Batches}/deleted";

    private readonly List<string> _problems = [];

    /// <summary>Sends requests.</summary>
    /// <param name="requests">The number of requests.</param>
    /// <param name="email">An active user.</param>
    /// <param name="password">The user's password.</param>
    /// <returns>The unexpected responses.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int requests, string email, string password)
    {
        var id = "";
        for (var n = 0; n < requests; n++)
        {
            var (round, step) = (n / Steps, n % Steps);
            var code = string.Create(CultureInfo.InvariantCulture, $"P-{number}-{round}");
            var (status, json) = step switch
            {
                0 => await SendAsync(
                    "POST", Batches, $$"""{"batchCode":"{{code}}","batchType":"pooled","notes":"café {{code}}","rating":{{number % 6}}}"""),
                1 => await SendAsync("PATCH", $"{Batches}/{id}", $$"""{"summary":"summary of {{code}}"}"""),
                2 or 9 => await SendAsync("GET", $"{Batches}/{id}"),
                3 => await SendAsync("GET", $"{Batches}?limit=3&p={Uri.EscapeDataString($$"""{"batchCode":"{{code}}"}""")}"),
                4 => await SendAsync("GET", $"{Batches}?q={Uri.EscapeDataString($"cafe {code}")}"),
                5 => await SendAsync("GET", $"{Batches}?limit=5&sortBy=rating,createdAt&order=desc&fields=rating:gte:0"),
                6 => await SendAsync("GET", $"{Batches}/{id}/history"),
                7 => await SendAsync("DELETE", $"{Deleted}/{id}"),
                8 => await SendAsync("POST", $"{Deleted}/{id}/restore"),
                10 or 11 => await SendAsync(
                    "POST", Batches, $$"""{"batchCode":"{{code}}-once","batchType":"pooled"}""", $"{code}-{number}"),
                12 when round == 0 && number < 5 => await SendAsync(
                    "POST", "/api/v2/signin", $$"""{"email":"{{email}}","password":"{{password}}"}"""),
                12 => await SendAsync("GET", "/api/v2/keys/me"),
                _ => await SendAsync(
                    "POST",
                    Batches,
                    $$"""[{"batchCode":"{{code}}-a","batchType":"pooled"},{"batchCode":"{{code}}-b","batchType":"pooled"}]"""),
            };
            if (step == 0)
                id = (string?)json?["id"] ?? "";
            var expected =
                step switch { 0 or 10 or 11 or 13 => HttpStatusCode.Created, 7 => HttpStatusCode.NoContent, _ => HttpStatusCode.OK };
            var isExpected = step switch
            {
                1 => (string?)json?["summary"] == $"summary of {code}",
                2 or 8 or 9 => (string?)json?["batchCode"] == code,
                3 => (string?)json?["data"]?[0]?["batchCode"] == code,
                4 => json?["data"] is JsonArray { Count: > 0 },
                6 => json?["data"] is JsonArray { Count: 2 },
                10 or 11 => (string?)json?["batchCode"] == $"{code}-once",
                _ => true,
            };
            if (status != expected || !isExpected)
                _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{code}, step {step}: {status} {json?.ToJsonString()}"));
        }
        return _problems;
    }

    /// <summary>Sends a request, and retries it while the other clients use the account's share of the server.</summary>
    private async Task<(HttpStatusCode Status, JsonNode? Json)> SendAsync(
        string method, string address, string? body = null, string? idempotencyKey = null)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), address);
            if (idempotencyKey is not null)
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var isBusy = response.StatusCode == HttpStatusCode.TooManyRequests
                || (response.StatusCode == HttpStatusCode.ServiceUnavailable && text.Contains("overloaded", StringComparison.Ordinal));
            if (!isBusy)
                return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
