using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using BatchesApi.Batches;

namespace BatchesApi.Load;

/// <summary>The times of creating batches one by one and in one array, in ms.</summary>
internal sealed record ArrayTimes(double Single, double Array)
{
    /// <summary>The number of batches.</summary>
    public const int Length = 1_000;

    /// <summary>Measures a server once.</summary>
    /// <param name="server">The server.</param>
    /// <param name="round">A number that makes the codes of the batches unique.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task<ArrayTimes> MeasureAsync(Contestant server, int round, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", await server.Program.CreateKeyAsync(cancellation));
        async Task PostAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(BatchRoutes.Path, content, cancellation);
            response.EnsureSuccessStatusCode();
        }
        string Body(string kind, int i) => string.Create(CultureInfo.InvariantCulture,
            $$"""
            {"batchCode":"{{kind}}-{{round}}-{{i}}","batchType":"renewal","manager":"manager{{i % 40:D2}}@example.com",
            "assignee":"user{{i % 200:D3}}@example.com",
            "summary":"Renewals of the first quarter","notes":"Call before noon, and ask for the invoice.",
            "leadIds":["63a5b84c53e1218321c55001","63a5b84c53e1218321c55002"],"rating":{{i % 6}}}
            """);

        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Length; i++)
            await PostAsync(Body("S", i));
        var single = clock.Elapsed.TotalMilliseconds;
        var array = $"[{string.Join(',', Enumerable.Range(0, Length).Select(i => Body("A", i)))}]";
        clock.Restart();
        await PostAsync(array);
        return new ArrayTimes(single, clock.Elapsed.TotalMilliseconds);
    }
}
