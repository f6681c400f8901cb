using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Recipes;

/// <summary>Runs a recipe in <c>clients</c> as its page says, against a server that causes errors. Each recipe has a class, because tests
/// of one class do not run concurrently.</summary>
public abstract partial class ClientRecipeTest(Databases databases, string recipe)
{
    /// <summary>The number of batches that exist before a recipe runs: more than fit on one page.</summary>
    private const int ExistingBatches = 1_001;

    [Fact]
    public async Task The_recipe_creates_lists_and_changes_despite_errors()
    {
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));
        using var client = server.CreateClient(key);
        foreach (var codes in Enumerable.Range(1, ExistingBatches).Chunk(1_000))
        {
            var existing = codes.Select(code => new { batchCode = $"existing-{code}", batchType = "renewal" });
            using var response = await client.PostAsJsonAsync("/api/v2/batches", existing, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
        }
        await using var unreliable = await UnreliableServer.StartAsync(client);

        var output = await ClientPage.RunAsync(recipe, unreliable.Address + "/", key);

        var id = Created().Match(output).Groups[1].Value;
        Assert.Contains($"listed {ExistingBatches + 1}\n", output, StringComparison.Ordinal);
        Assert.Contains($"changed {id} to version 3\n", output, StringComparison.Ordinal);
        Assert.Contains($"deleted {id}\n", output, StringComparison.Ordinal);
        Assert.Contains($"restored {id}\n", output, StringComparison.Ordinal);
        Assert.Contains("invalid rating: must be between 0 and 5", output, StringComparison.Ordinal);
        Assert.Contains("invalid batchCode: ", output, StringComparison.Ordinal);

        var batch = JsonNode.Parse(await client.GetStringAsync($"/api/v2/batches/{id}", TestContext.Current.CancellationToken))!;
        Assert.Equal("amy", (string?)batch["assignee"]);
        Assert.Null(batch["summary"]);
        Assert.Equal(UnreliableServer.OtherChange, (string?)batch["notes"]);

        // The three retries of the create, and then the invalid one, which has another key.
        var creates = unreliable.Requests.Where(request => request is { Method: "POST", Path: "/api/v2/batches" }).ToList();
        Assert.Equal(5, creates.Count);
        Assert.Single(creates.Take(4).Select(request => request.IdempotencyKey).Distinct(), value => value.Length > 0);
        Assert.NotEqual(creates[0].IdempotencyKey, creates[4].IdempotencyKey);
        foreach (var retry in (int[])[2, 3])
        {
            var wait = TimeProvider.System.GetElapsedTime(creates[retry - 1].Timestamp, creates[retry].Timestamp);
            Assert.True(wait.TotalSeconds >= 0.95, $"Retry-After was 1 second, but the client waited {wait}.");
        }
        Assert.Single(unreliable.Requests, request => request.Method == "DELETE" && request.Path == $"/api/v2/batches/deleted/{id}");
        var restore = Assert.Single(unreliable.Requests, request => request.Path == $"/api/v2/batches/deleted/{id}/restore");
        Assert.NotEmpty(restore.IdempotencyKey);
        var changes = unreliable.Requests.Where(request => request.Method == "PATCH");
        Assert.Equal(["\"1\"", "\"2\""], changes.Select(request => request.IfMatch));
        var lists = unreliable.Requests.Where(request => request.Query.Contains("limit=1000", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lists.Count);
        Assert.All(lists, request => Assert.Contains("count=none", request.Query, StringComparison.Ordinal));

        Assert.Contains(
            "API keys begin with 'icr_'", await ClientPage.FailAsync(recipe, unreliable.Address, "wrong"), StringComparison.Ordinal);
        Assert.Contains("404", await ClientPage.FailAsync(recipe, unreliable.Address + "/elsewhere", key), StringComparison.Ordinal);
    }

    [GeneratedRegex("^created ([0-9a-f]{24})$", RegexOptions.Multiline)]
    private static partial Regex Created();
}
