using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using BatchesApi.ProcessTests.Development;

namespace BatchesApi.ProcessTests.Recipes;

/// <summary>Runs the program in <c>clients/copy</c>, and kills it again and again while batches change.</summary>
public sealed class CopyRecipeTests(Databases databases)
{
    private const string ReadCopy =
        "import json, sqlite3, sys; "
        + "print(json.dumps([json.loads(b) for (b,) in sqlite3.connect(sys.argv[1]).execute('SELECT batch FROM batches ORDER BY id')]))";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_copy_equals_the_batches_although_the_program_is_killed()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(Directory.CreateDirectory(folder.Path).FullName, "copy.db");
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));
        using var client = server.CreateClient(key);
        await CreateAsync(client, 0, 1_000);
        var program = Start(server.Address.ToString(), key, file);
        try
        {
            for (var round = 1; round <= 4; round++)
            {
                await CreateAsync(client, 1_000 * round, 150);
                var changes = (await ListAsync(client)).Take(20).Select(async (batch, i) =>
                {
                    var id = (string)batch!["id"]!;
                    using var response = i % 4 == 0
                        ? await client.DeleteAsync($"/api/v2/batches/deleted/{id}", Cancellation)
                        : await client.PatchAsJsonAsync($"/api/v2/batches/{id}", new { rating = round }, Cancellation);
                    response.EnsureSuccessStatusCode();
                });
                await Task.WhenAll(changes);
                program.Kill();
                await program.WaitForExitAsync(Cancellation);
                program.Dispose();
                program = Start(server.Address.ToString(), key, file);
            }
            var expected = new JsonArray([.. (await ListAsync(client)).OrderBy(batch => (string)batch!["id"]!, StringComparer.Ordinal)
                .Select(batch => batch!.DeepClone())]);
            var copied = "";
            for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < TimeSpan.FromSeconds(30) && !IsEqual(copied);)
            {
                await Task.Delay(200, Cancellation);
                copied = await RunAsync("-c", ReadCopy, file);
            }
            Assert.Equal(1_580, expected.Count);
            Assert.False(program.HasExited);
            Assert.True(IsEqual(copied), copied);

            bool IsEqual(string json) => json.Length > 0 && JsonNode.DeepEquals(JsonNode.Parse(json), expected);
        }
        finally
        {
            program.Kill();
            program.Dispose();
        }
    }

    private static async Task CreateAsync(HttpClient client, int first, int count)
    {
        var batches = Enumerable.Range(first, count).Select(code => new { batchCode = $"B-{code}", batchType = "renewal", notes = "é" });
        using var response = await client.PostAsJsonAsync("/api/v2/batches", batches, Cancellation);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<IReadOnlyList<JsonNode?>> ListAsync(HttpClient client)
    {
        var all = new List<JsonNode?>();
        for (string? cursor = null; ;)
        {
            var next = cursor is null ? "" : $"&cursor={cursor}";
            var page = JsonNode.Parse(await client.GetStringAsync($"/api/v2/batches?limit=1000&count=none{next}", Cancellation))!;
            all.AddRange(page["data"]!.AsArray());
            cursor = (string?)page["nextCursor"];
            if (cursor is null)
                return all;
        }
    }

    private static Process Start(string address, string key, string file)
    {
        var start = new ProcessStartInfo("python3", ["keep_copy.py"]) { WorkingDirectory = Path.Combine(ClientPage.Folder, "copy") };
        start.Environment["BATCHES_URL"] = address;
        start.Environment["BATCHES_KEY"] = key;
        start.Environment["BATCHES_COPY"] = file;
        return Process.Start(start)!;
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return output;
    }
}
