using System.Diagnostics;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Runs the curl lines of the vendor's reference in a shell with the real curl; only placeholders are replaced.</summary>
public sealed class ReferenceCurlTests(ApiServer server)
{
    private const string Fields =
        """
        -d 'batchCode="string"' \
        -d 'batchType="string"' \
        -d 'manager="string"' \
        -d 'assignee="string"' \
        -d 'dueDate="string"' \
        -d 'repeated="boolean"' \
        -d 'summary="string"' \
        -d 'notes="string"' \
        -d 'leadIds="array"' \
        -d 'opportunityIds="array"' \
        -d 'rating="integer"'
        """;

    private const string List =
        """
        export ICLOUDREADY_API_KEY=[your api key]
        curl \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches
        """;

    private const string Create =
        $"""
        export ICLOUDREADY_API_KEY=[your api key]
        curl -X POST -H 'Content-Type: application/json' \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches \
        {Fields}
        """;

    private const string Retrieve =
        """
        export ICLOUDREADY_API_KEY=[your api key]
        curl \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches/:id
        """;

    private const string Update =
        $"""
        export ICLOUDREADY_API_KEY=[your api key]
        curl -X PUT \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches/:id \
        {Fields}
        """;

    private const string UpdateSoft =
        """
        export ICLOUDREADY_API_KEY=[your api key]
        curl \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches/:id
        """;

    private const string Delete =
        """
        export ICLOUDREADY_API_KEY=[your api key]
        curl -X DELETE \
        -H "Authorization: Bearer $ICLOUDREADY_API_KEY" \
        https://api.icloud-ready.com/api/v2/batches/deleted/:id
        """;

    [Fact]
    public async Task Every_curl_line_of_the_reference_works()
    {
        var (_, key) = await server.CreateKeyAsync();

        var created = Json(await RunAsync(Create, key));
        var id = (string)created["id"]!;
        Assert.Equal("B-1", (string?)created["batchCode"]);
        Assert.Equal("2026-12-01T00:00:00Z", (string?)created["dueDate"]);
        Assert.True((bool?)created["repeated"]);
        Assert.Equal(4, (int?)created["rating"]);
        Assert.Equal("""["a","b"]""", created["leadIds"]!.ToJsonString());
        Assert.Equal("""["one"]""", created["opportunityIds"]!.ToJsonString());

        Assert.Equal(id, (string?)Json(await RunAsync(List, key))["data"]![0]!["id"]);
        Assert.Equal(created.ToJsonString(), Json(await RunAsync(Retrieve, key, id)).ToJsonString());

        var updated = Json(
            await RunAsync(Update.Replace("batchType=\"string\"", "batchType=\"changed\"", StringComparison.Ordinal), key, id));
        Assert.Equal("changed", (string?)updated["batchType"]);
        Assert.Equal(2, (int?)updated["version"]);

        // The reference omits the method of the soft update; with it and a field the line does what its title says.
        var softly = UpdateSoft.Replace("curl \\", "curl -X PATCH -d rating=5 \\", StringComparison.Ordinal);
        Assert.Equal(5, (int?)Json(await RunAsync(softly, key, id))["rating"]);
        Assert.Equal(5, (int?)Json(await RunAsync(UpdateSoft, key, id))["rating"]);

        Assert.Equal("", await RunAsync(Delete, key, id));
        Assert.Equal(404, (int?)Json(await RunAsync(Retrieve, key, id))["status"]);
    }

    private async Task<string> RunAsync(string lines, string key, string id = "")
    {
        var script = lines
            .Replace("[your api key]", key, StringComparison.Ordinal)
            .Replace("https://api.icloud-ready.com/", server.Address.ToString(), StringComparison.Ordinal)
            .Replace(":id", id, StringComparison.Ordinal)
            .Replace("batchCode=\"string\"", "batchCode=\"B-1\"", StringComparison.Ordinal)
            .Replace("dueDate=\"string\"", "dueDate=\"2026-12-01\"", StringComparison.Ordinal)
            .Replace("repeated=\"boolean\"", "repeated=\"true\"", StringComparison.Ordinal)
            .Replace("leadIds=\"array\"", "leadIds=[\"a\",\"b\"]", StringComparison.Ordinal)
            .Replace("opportunityIds=\"array\"", "opportunityIds=\"one\"", StringComparison.Ordinal)
            .Replace("rating=\"integer\"", "rating=\"4\"", StringComparison.Ordinal);

        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euc", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["no_proxy"] = "127.0.0.1" },
        })!;
        var output = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(shell.ExitCode == 0, $"curl ended with {shell.ExitCode}: {await errors}");
        return await output;
    }

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
